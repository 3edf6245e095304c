"""security: logins of both roles, and what they leave to protect PDUs with. [MS-RPCE] 2.2.1.1.7, 3.3.1.5.2.

``credentials`` says who logs in, ``login`` is the client's side and ``acceptor`` the server's; each gives a
:class:`~wmix.protocol.rpc.security.Security` when it is complete.  One file a mechanism and a role does the work.
"""

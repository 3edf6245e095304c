"""The protocols of WMI over the wire: octets to meaning and back, nothing else.

``wmio`` is the encoding of classes and instances ([MS-WMIO]).  Everything here is pure: octets come in as arguments
and go out as results; there is no socket, clock, thread or source of randomness.  What a peer sent wrongly is always
a ``ProtocolError``.
"""

"""remote: the namespaces of a host on the wire, as the engine's source and backends.

The same calls as on this machine: names, rights and syntax are the host's to judge, everything else is the engine's.
"""

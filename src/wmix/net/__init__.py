"""net: the live wire, in both roles: connections, logins, remote references, exported objects.

Everything here does I/O on asyncio; what the octets mean is in ``wmix.protocol``.
"""

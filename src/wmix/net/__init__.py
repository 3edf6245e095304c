"""net: the live wire: ``client`` calls the objects of a host, ``server`` lets ours be called, ``security`` logs in.

Everything here does I/O on asyncio; what the octets mean is in ``wmix.protocol``.
"""

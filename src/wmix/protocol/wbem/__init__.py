"""The WMI interfaces on the wire: every method, in and out, and the packets that carry objects. [MS-WMI].

``identifiers``, ``automation`` and ``interface_types`` are what methods are declared with; ``login``, ``services``,
``services_async``, ``enumerator``, ``call_result``, ``smart_enum``, ``object_sink`` are the interfaces, ``interfaces``
all of them by identifier; ``packets`` and ``context`` are objects in bulk and call contexts.

Classes and instances are octets here (an EncodingUnit or parts of one); ``wmio`` gives them their meaning.
"""

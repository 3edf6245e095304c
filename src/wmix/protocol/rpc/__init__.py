"""DCE/RPC over a connection: PDUs, fragments, presentation contexts, security, associations. [C706] 12, [MS-RPCE].

To read in this order: ``pdu_types``, ``verifier``, ``presentation``, ``pdus`` (the octets); ``framing``, ``fragments``,
``security``, ``protection`` (what is done with them); ``state``, ``events``, ``association`` and its two roles
``client`` and ``server``.  ``endpoint_mapper`` is the one service of port 135 that knows nothing of objects.
"""

"""NDR 2.0, the transfer syntax of DCOM: primitives, pointers, arrays, strings and declared structures. [C706] 14.

A structure is a class whose fields say how they travel (:mod:`~wmix.protocol.ndr.structure`); a parameter list is
declared in the same way (:mod:`~wmix.protocol.ndr.parameters`).  Integers are little-endian: other representations are
refused where they are announced, in the header of a PDU.
"""

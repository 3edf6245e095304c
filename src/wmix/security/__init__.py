"""Security descriptors: identifiers, entries, lists, their octets and their text, and who gets which access by them.

[MS-DTYP] 2.4 has the structures, 2.5.1 the text, 2.5.3 the rules of access and inheritance.  Pure: names of accounts,
and which identifiers a caller has, are others' to know.  Depends on errors and records only.
"""

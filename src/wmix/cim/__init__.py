"""The CIM data model: types, datetimes, names, object paths, qualifiers, classes and instances.

[MS-WMI] 2.2 and 3.1.1 say what these things are; [MS-WMIO] says only how they travel, which is not for here.
Everything in this package is pure: no input or output, no clock, no threads.  It depends on ``errors`` and
``status`` below it, and on nothing beside the standard library.

The package imports nothing by itself, so that ``from wmix.cim.names import NameDict`` costs what it names.
"""

from __future__ import annotations

__all__: list[str] = []

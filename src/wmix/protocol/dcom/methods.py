"""Interfaces as tables: which operation number is which method, with its parameters in and out. [C706] 12.5.

A server looks a request up here by its interface and operation number; a client names the method.  Operations 0 to 2 of
interfaces on objects are those of IUnknown and never travel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["Interface", "Method"]


class Method(Record):
    """An operation: its number, and what its stubs hold (behind ORPCTHIS and ORPCTHAT, if ``is_orpc``)."""

    name: str
    opnum: int
    request: type[Parameters]
    reply: type[Parameters]
    is_orpc: bool = True


class Interface:
    """An interface by its identifier, with its methods by number and by name."""

    __slots__ = ("_by_name", "iid", "methods", "name")

    def __init__(self, name: str, iid: Guid, methods: tuple[Method, ...]) -> None:
        self.name = name
        self.iid = iid
        self.methods = {method.opnum: method for method in methods}
        self._by_name = {method.name: method for method in methods}

    def __getitem__(self, name: str) -> Method:
        """The method of a name; KeyError for none."""
        return self._by_name[name]

    def find(self, opnum: int) -> Method | None:
        """The method of an operation number; None for a number that is out of range."""
        return self.methods.get(opnum)

    def __repr__(self) -> str:
        return f"<interface {self.name} {self.iid}>"

"""Events and consumers for tests of what deals with them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.cim.system_properties import Origin
from wmix.config import Settings
from wmix.providers.consumers import Delivery

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

#: S-1-5-32-544
ADMINISTRATOR = (1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0)
ORIGIN = Origin("SRV", "root\\subscription")


@cache
def _image() -> ClassImage:
    return ClassImage.open("SRV")


def load(name: str, namespace: str = "root\\subscription") -> CimClass:
    cls = _image().load(namespace, name)
    assert cls is not None
    return cls


def instance(cls: CimClass, origin: Origin | None = None, /, **values: object) -> CimInstance:
    made = CimInstance(cls.layout, cls.layout.unset, origin)
    for name, value in values.items():
        made[name] = value
    return made


def consumer(class_name: str, /, **values: object) -> CimInstance:
    """An instance of a standard consumer, called ``c`` when *values* do not name it."""
    return instance(load(class_name), ORIGIN, **{"Name": "c", "CreatorSID": ADMINISTRATOR, **values})


@cache
def target_class() -> CimClass:
    types = {
        "Num": "sint32",
        "Text": "string",
        "Yes": "boolean",
        "Share": "real64",
        "Big": "uint64",
        "When": "datetime",
        "Codes": "uint32[]",
        "Names": "string[]",
        "Raw": "uint8[]",
        "Inner": "object",
        "Inners": "object[]",
    }
    return load("__SystemClass").derive_("Demo_Target", properties={"Id": "string", **types}, keys=("Id",))


def target(**values: object) -> CimInstance:
    return instance(target_class(), **{"Id": "t", **values})


def event(**values: object) -> CimInstance:
    """An event about a target with *values*."""
    return instance(
        load("__InstanceCreationEvent"), TargetInstance=target(**values), TIME_CREATED=133_500_000_000_000_000
    )


def delivery(held: CimInstance, about: CimInstance, settings: Settings | None = None, **more: Any) -> Delivery:
    return Delivery(about, held, settings or Settings(), **more)

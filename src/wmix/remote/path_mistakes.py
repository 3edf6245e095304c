"""What is wrong with the object or the method that a host does not have, where it says no more than a code.

The error keeps its type and its status, and gets what the path tells: where it cannot be read, which object is missing.
For keys and methods that a class does not have the host is asked for the class, once; not for an object that is not
there, because programs ask for objects to learn whether they are.  An error that has words of its own is left alone.

Depends on ``cim`` and ``errors``; who asks the host is the caller's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidMethod, InvalidPath, WmiError
from wmix.status import (
    WBEM_E_ALREADY_EXISTS,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_METHOD,
    WBEM_E_INVALID_OBJECT_PATH,
    WBEM_E_NOT_FOUND,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.cim.classes import CimClass

    FindClass = Callable[[str], Awaitable[CimClass | None]]

__all__ = ["explain_missing", "name_class"]

_CLASSES: Final = "`wmix classes` lists those that there are"


async def explain_missing(error: WmiError, path: str, find_class: FindClass, *, method: str | None = None) -> None:
    """Put into *error* what *path* tells about the reason.

    Args:
        error: the answer of a host.
        path: of the object that was asked for.
        find_class: asks the host for a class; called once at most.  When it fails, the error stays as it is.
        method: the method that was to run.
    """
    if error.detail:
        return
    try:
        parsed = ObjectPath.parse(path)
    except InvalidPath as mistake:
        if isinstance(error, InvalidPath):
            error.detail, error.text, error.position = mistake.detail, mistake.text, mistake.position
            error.hint = mistake.special_hint
        return
    if parsed.is_class and error.status in (WBEM_E_NOT_FOUND, WBEM_E_INVALID_CLASS):
        name_class(error, parsed.class_name)
    elif error.status == WBEM_E_ALREADY_EXISTS:
        error.detail = f"there is {'a class' if parsed.is_class else 'an instance'} {path} already"
    elif error.status == WBEM_E_NOT_FOUND:
        name = parsed.class_name
        error.detail = f"there is no instance {path}"
        error.hint = f'`wmix query "SELECT * FROM {name}"` lists what there is, if there is a class {name}'
    elif error.status in (WBEM_E_INVALID_OBJECT_PATH, WBEM_E_INVALID_METHOD):
        try:
            cls = await find_class(parsed.class_name)
        except WmiError:
            return
        if cls is not None:
            _hold_against(error, parsed, cls, method)


def name_class(error: WmiError, name: str) -> None:
    """Put into *error* that there is no class *name*."""
    if not error.detail:
        error.detail = f"there is no class {name}" + (f" in {error.namespace}" if error.namespace else "")
        error.hint = _CLASSES


def _hold_against(error: WmiError, path: ObjectPath, cls: CimClass, method: str | None) -> None:
    if error.status == WBEM_E_INVALID_METHOD:
        from wmix.cim.method_input import find_method

        try:
            find_method(cls, method or "")
        except InvalidMethod as mistake:
            error.detail, error.hint = mistake.detail, mistake.special_hint
        return
    keys = {key.casefold() for key in cls.keys}
    given = [name for name, _ in path.keys or () if name]
    unknown = [name for name in given if name.casefold() not in keys]
    if not cls.keys and not path.singleton:
        error.detail = f"{path}: {cls.name} has no keys"
        error.hint = f"write {cls.name}=@ where it has one instance, else the name of a class below it"
    elif unknown:
        error.detail = f"{path}: {unknown[0]} is no key of {cls.name}"
        error.hint = f"keys are {', '.join(cls.keys)}"
    elif given and len(given) < len(keys):
        missing = [key for key in cls.keys if key.casefold() not in {name.casefold() for name in given}]
        error.detail = f"{path}: the value of {missing[0]} is missing"
        error.hint = f"keys are {', '.join(cls.keys)}"

r"""The parts of a path as IWbemPath keeps them, out of a text and back into one.

Behaviour as recorded on Windows (brief, 4.3): a path may be a server alone, or namespaces without a class, and keys
keep their spelling.  Depends on ``errors`` and ``path_scanner``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.path_scanner import SEPARATORS, is_namespace, scan_class, scan_keys, scan_location
from wmix.errors import InvalidPath

if TYPE_CHECKING:
    from wmix.cim.path_scanner import KeyToken

__all__ = ["LOCAL_MACHINE", "PathParts", "has_server", "location_text"]

LOCAL_MACHINE: Final = "."
"""How paths call the machine that they are on."""


class PathParts:
    """What a path consists of; replaced as a whole, so that a text that is refused changes nothing."""

    __slots__ = ("class_name", "keys", "namespaces", "server", "singleton")

    def __init__(self) -> None:
        self.server: str | None = None
        self.namespaces: list[str] = []
        self.class_name: str | None = None
        self.keys: list[KeyToken] = []
        self.singleton = False

    @classmethod
    def of(cls, text: str, *, single_as_namespace: bool) -> PathParts:
        """The parts of *text*; a single identifier is a class, or with *single_as_namespace* a namespace.

        Raises:
            InvalidPath: it is no path.
        """
        parts = cls()
        if not text or text in SEPARATORS:
            return parts
        if has_server(text) and not any(separator in text[2:-1] for separator in SEPARATORS):
            # \\server and \\server\ name a machine and nothing on it, which no object path does.
            name = text[2:].rstrip(SEPARATORS)
            if not name or ":" in name:
                raise InvalidPath(f"{text!r} does not name a server")
            parts.server = name
            return parts
        if single_as_namespace and is_namespace(text):
            parts.namespaces = text.replace("/", "\\").split("\\")
            return parts
        parts.server, namespace, position = scan_location(text)
        parts.namespaces = namespace.split("\\") if namespace else []
        if position is not None:
            parts.class_name, position = scan_class(text, position)
            keys, parts.singleton = scan_keys(text, position)
            parts.keys = keys or []
        return parts

    def relative(self) -> str:
        """The text of class and keys; "" without a class."""
        if not self.class_name:
            return ""
        return f"{self.class_name}=@" if self.singleton else self.class_name + self.keys_text()

    def keys_text(self) -> str:
        """The keys, with the dot or the equals sign before them; "" when there are none."""
        if not self.keys:
            return ""
        if self.keys[0][0] is None:
            return f"={self.keys[0][2]}"
        return "." + ",".join(f"{name}={spelled}" for name, _, spelled in self.keys)


def has_server(text: str) -> bool:
    """Whether *text* begins with the name of a machine."""
    return text[:2] in ("\\\\", "//")


def location_text(server: str | None, namespace: str) -> str:
    """A machine and a namespace on it, as the beginning of a path."""
    if server is None and not namespace:
        return ""
    return f"\\\\{server or LOCAL_MACHINE}\\{namespace}" if namespace else f"\\\\{server}"

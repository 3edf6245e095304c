"""Postponed modules: what asyncio imports at once and a command seldom needs is read with its first use.

``import asyncio`` takes most of the time in which a command starts, and a third of that are TLS and the tools of
introspection.  While the command line imports it, the modules named here are found as always but run only when
somebody takes an attribute of theirs; then they are the modules that they always were, for everybody.  Only the
process of a command does so, never a program that imports wmix.  Decision 0017.

Depends on the import system alone, because everything that this imports would come too late.
"""

from __future__ import annotations

import sys
from _frozen_importlib_external import PathFinder  # as in importlib.machinery, without the rest of that
from _thread import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

__all__ = ["SELDOM_NEEDED", "Postponing", "run_postponed"]

SELDOM_NEEDED: Final = frozenset({
    "asyncio.format_helpers", "asyncio.sslproto", "asyncio.staggered", "asyncio.trsock", "datetime", "inspect",
    "linecache", "locale", "ssl", "struct", "textwrap",
})  # fmt: skip
"""Modules of the standard library, written in Python, that run nothing but definitions when they are imported."""

_OF_THE_IMPORT: Final = frozenset({"__class__", "__name__", "__spec__", "__loader__", "__package__", "__file__"})
"""Attributes that are known before a module has run; the import system asks for them."""


class Postponing:
    """A finder of modules, for a ``with`` statement: what is imported inside runs with its first use."""

    def __init__(self, names: frozenset[str] = SELDOM_NEEDED) -> None:
        self._names = names

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as the path has it, with a loader that waits; None for what is not to be postponed."""
        if name not in self._names or (name == "ssl" and PathFinder.find_spec("_ssl") is None):
            # A Python without TLS says so at the import, and asyncio listens.
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Waiting(spec.loader)  # type: ignore[assignment]  # a loader by what it does
        return spec


class _Waiting:
    """The loader of a module until it runs."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        # Held while a module runs that imports others, whose own locks the import system holds: in the order of the
        # imports, which has no cycles among modules that only define.
        self._lock = RLock()
        self._runs = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """A module of the usual kind."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Let the first use run it."""
        module.__class__ = _Postponed

    def run(self, module: ModuleType) -> None:
        """Run the module now; others who use it meanwhile wait, and it itself does not.

        When that fails, whoever used it gets the error, and the next use tries again.
        """
        with self._lock:
            if self._runs or type(module) is not _Postponed:
                return
            self._runs = True
            try:
                self._loader.exec_module(module)
            finally:
                self._runs = False
            object.__setattr__(module, "__class__", ModuleType)
            module.__loader__ = self._loader
            if module.__spec__ is not None:
                module.__spec__.loader = self._loader


class _Postponed(ModuleType):
    """A module that has not run yet; in its methods it may cease to be one, which ``super()`` would not bear."""

    def __getattribute__(self, name: str) -> Any:
        if name not in _OF_THE_IMPORT:
            _run(self)
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _run(self)
        ModuleType.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _run(self)
        ModuleType.__delattr__(self, name)


def _run(module: ModuleType) -> None:
    spec: Any = object.__getattribute__(module, "__spec__")
    if isinstance(spec.loader, _Waiting):
        spec.loader.run(module)


def run_postponed(names: frozenset[str] = SELDOM_NEEDED) -> None:
    """Run now what still waits, for a process that lasts.

    A server may come to a moment when it can open no file; what it needs to say so must not wait until then.
    """
    for name in sorted(names):
        module = sys.modules.get(name)
        if type(module) is _Postponed:
            _run(module)

"""MOF files on disk: what an include may name, and how its octets are read. Brief 9.3.6."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.errors import InvalidParameter
from wmix.mof.elaborate import Compilation
from wmix.mof.includes import load, unit_of
from wmix.mof.pragmas import CLASS_FLAGS, INSTANCE_FLAGS, flag_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: MOF as it is given: a text, the path of a file, or declarations that were read already.
    MofLike: TypeAlias = str | os.PathLike[str] | Compilation

__all__ = ["LARGEST", "compilations_of", "reader_of"]

LARGEST: Final = 64 * 2**20
"""Octets of one file; a larger one is no declaration that somebody wrote."""


def reader_of(path: str | os.PathLike[str]) -> tuple[str, Callable[[str], bytes]]:
    """The name of a file within its folder, and the function that reads it and what it includes.

    The language keeps included names within the folder of the file; links out of it are refused here.

    Raises:
        InvalidParameter: the path is no file.
    """
    full = os.path.abspath(os.fspath(path))
    if not os.path.isfile(full):
        raise InvalidParameter(f"{os.fspath(path)} is no file")
    folder, name = os.path.split(os.path.realpath(full))

    def read(wanted: str) -> bytes:
        target = os.path.realpath(os.path.join(folder, wanted.replace("\\", "/")))
        if os.path.commonpath([folder, target]) != folder:
            raise PermissionError(f"{wanted} is outside of {folder}")
        if os.path.getsize(target) > LARGEST:
            raise OSError(f"{wanted} is larger than {LARGEST} octets")
        with open(target, "rb") as file:
            return file.read()

    return name, read


def compilations_of(
    mof: MofLike | Iterable[MofLike],
    *,
    namespace: str,
    class_flags: Iterable[str],
    instance_flags: Iterable[str],
) -> list[Compilation]:
    """What *mof* declares: one compilation for each text and file.

    Raises:
        InvalidMof: a text is wrong.
        InvalidParameter: a path is no file, or a flag is none.
    """
    classes, instances = flag_bits(class_flags, CLASS_FLAGS), flag_bits(instance_flags, INSTANCE_FLAGS)
    found: list[Compilation] = []
    for item in [mof] if isinstance(mof, str | os.PathLike | Compilation) else mof:
        if isinstance(item, Compilation):
            found.append(item)
            continue
        unit = unit_of(item) if isinstance(item, str) else load(*reader_of(item))
        found.append(Compilation(unit, namespace=namespace, class_flags=classes, instance_flags=instances))
    return found

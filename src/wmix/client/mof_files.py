"""MOF files on disk: what an include may name, and how its octets are read. Brief 9.3.6."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LARGEST", "reader_of"]

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

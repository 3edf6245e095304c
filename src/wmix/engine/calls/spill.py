"""Spill: batches that no longer fit into memory, in a temporary file without a name.

The file belongs to one result set, is readable by nobody else, and vanishes with the process whatever happens to it.
Classes, layouts, origins and the readers of class parts stay in memory and are referred to by number, so that rows cost
what their values cost, or their octets.
"""

from __future__ import annotations

import errno
import io
import pickle
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from wmix.cim.classes import CimClass
from wmix.cim.instances import Origin
from wmix.cim.layout import InstanceLayout
from wmix.errors import error_for
from wmix.status import WBEM_E_FAILED, WBEM_E_OUT_OF_DISK_SPACE

if TYPE_CHECKING:
    from wmix.errors import WmiError
    from wmix.port.batch import Batch

__all__ = ["Spill"]

_KEPT_IN_MEMORY = (InstanceLayout, CimClass, Origin)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, kept: list[object], numbers: dict[int, int]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._kept = kept
        self._numbers = numbers
        # Encoded rows refer to the reader of their class part. Its module takes long to import, and is there when there
        # are such rows.
        compiler = sys.modules.get("wmix.protocol.wmio.reader_compiler")
        self._types = _KEPT_IN_MEMORY if compiler is None else (*_KEPT_IN_MEMORY, compiler.InstanceReader)

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, self._types):
            return None
        number = self._numbers.get(id(obj))
        if number is None:
            number = self._numbers[id(obj)] = len(self._kept)
            self._kept.append(obj)
        return number


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: list[object]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, pid: Any) -> object:
        return self._kept[pid]


class Spill:
    """An append-only store of batches on disk; ``write`` gives the number under which ``read`` finds one."""

    def __init__(self, directory: str | None) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="wmix-", dir=directory)  # noqa: SIM115 - closed with the results
        except OSError as error:
            raise _explain(error, directory) from error
        self._directory = directory
        self._places: list[tuple[int, int]] = []
        self._end = 0
        self._kept: list[object] = []
        self._numbers: dict[int, int] = {}
        self._last: tuple[int, Batch] | None = None

    def write(self, batch: Batch) -> int:
        """Store *batch*.

        Raises:
            WmiError: WBEM_E_OUT_OF_DISK_SPACE when the file system is full.
        """
        buffer = io.BytesIO()
        _Pickler(buffer, self._kept, self._numbers).dump(batch)
        data = buffer.getbuffer()
        try:
            self._file.seek(self._end)
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise _explain(error, self._directory) from error
        self._places.append((self._end, len(data)))
        self._end += len(data)
        return len(self._places) - 1

    def read(self, number: int) -> Batch:
        """The batch that was stored as *number*; the last one read is remembered, as small portions share it."""
        if self._last is not None and self._last[0] == number:
            return self._last[1]
        place, size = self._places[number]
        self._file.seek(place)
        batch: Batch = _Unpickler(io.BytesIO(self._file.read(size)), self._kept).load()
        self._last = (number, batch)
        return batch

    def close(self) -> None:
        """Free the file; nothing can be read any more."""
        self._file.close()
        self._places.clear()
        self._last = None


def _explain(error: OSError, directory: str | None) -> WmiError:
    where = directory or tempfile.gettempdir()
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return error_for(
        WBEM_E_OUT_OF_DISK_SPACE if full else WBEM_E_FAILED,
        f"results that exceed the memory limit could not be kept in {where}: {error.strerror}",
        hint="ask forward-only, name another Settings.temp_directory, or free space there",
    )

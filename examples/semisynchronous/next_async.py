"""(c) NextAsync: two portions delivered to a sink while the program goes on; one SetStatus ends each."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from wmix import com

if TYPE_CHECKING:
    from collections.abc import Sequence


class Printer:
    """A sink: called on a thread of its own, one call at a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended = threading.Event()
        self.count = 0

    def indicate(self, objects: Sequence[com.ClassObject]) -> None:
        """Take some objects."""
        for item in objects:
            self.count += 1
            print(f"{self.name}: {item.get('Name').value}")

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: com.ClassObject | None) -> None:
        """Hear of the end: exactly once."""
        del flags, text, error_object
        print(f"{self.name}: ended with 0x{hresult:08X} after {self.count} objects")
        self.ended.set()


def main() -> None:
    """Two NextAsync on one enumerator."""
    _, services = com.Locator().connect_server(r"root\cimv2")
    assert services is not None
    hr, enumerator = services.exec_query(
        "WQL",
        "SELECT Name FROM Win32_Process",
        com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY,
        None,
    )
    if enumerator is None:
        raise SystemExit(f"not started: 0x{hr:08X}")
    first, second = Printer("first"), Printer("second")
    for sink in (first, second):
        assert enumerator.next_async(3, sink).hresult == com.WBEM_S_NO_ERROR
    print("both are under way; this thread is free")
    assert first.ended.wait(20)
    assert second.ended.wait(20)
    enumerator.release()
    services.release()


if __name__ == "__main__":
    main()

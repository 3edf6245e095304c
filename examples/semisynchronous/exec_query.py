"""(b) ExecQuery with RETURN_IMMEDIATELY | FORWARD_ONLY: portions, a timeout, a partial portion, Release half-way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import wmix
from wmix import com
from wmix.engine.assembly import local_engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

more = threading.Event()
stopped = threading.Event()


@wmix.provider("Demo_Line", keys=("Number",), properties={"Number": "uint32", "Text": "string"})
def lines(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Three lines at once, the others when somebody says so; tells when it is stopped."""
    try:
        for number in range(1_000_000):
            if number == 3:
                more.wait(60)
            yield {"Number": number, "Text": f"line {number}"}
    finally:
        stopped.set()


def main() -> None:
    """Read in portions and stop half-way."""
    locator = com.Locator(lambda: local_engine(providers=[lines]))
    _, services = locator.connect_server(r"root\cimv2")
    assert services is not None
    hr, enumerator = services.exec_query(
        "WQL", "SELECT * FROM Demo_Line", com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY, None
    )
    if enumerator is None:
        raise SystemExit(f"not started: 0x{hr:08X}")

    hr, objects, returned = enumerator.next(200, 10)
    assert hr == com.WBEM_S_TIMEDOUT, "a success code: look at the count too"
    print(f"after 200 ms: {returned} of 10, {[item.get('Number').value for item in objects or ()]}")

    more.set()
    hr, objects, returned = enumerator.next(com.WBEM_INFINITE, 10)
    assert hr == com.WBEM_S_NO_ERROR
    print(f"then: {returned} of 10, {[item.get('Number').value for item in objects or ()]}")

    enumerator.release()
    assert stopped.wait(20)
    print("released half-way: the provider has stopped")
    services.release()


if __name__ == "__main__":
    main()

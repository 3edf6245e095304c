"""(e) GetObject without RETURN_IMMEDIATELY: it blocks, gives no call result, and warns."""

from __future__ import annotations

import warnings

import wmix
from wmix import com


def main() -> None:
    """The form to avoid, and its warning."""
    _, services = com.Locator().connect_server(r"root\cimv2")
    assert services is not None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", wmix.SynchronousCallWarning)
        hr, disk, call = services.get_object('Win32_LogicalDisk.DeviceID="/"', 0, None, call_result=True)
    assert call is None, "a synchronous GetObject has no call result"
    print(f"0x{hr:08X}; the object is here already: {disk is not None}; {len(caught)} warning: {caught[0].message}")
    services.release()


if __name__ == "__main__":
    main()

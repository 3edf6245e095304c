"""(a) GetObject by a call result: start, poll, do other work between the polls, take the object."""

from __future__ import annotations

from wmix import com


def main() -> None:
    """Get this machine's root disk semisynchronously."""
    hr, services = com.Locator().connect_server(r"root\cimv2")
    if services is None:
        raise SystemExit(f"no connection: 0x{hr:08X}")

    hr, disk, call = services.get_object(
        'Win32_LogicalDisk.DeviceID="/"', com.WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True
    )
    assert disk is None, "the object comes later"
    if call is None:
        raise SystemExit(f"not started: 0x{hr:08X}")

    other_work = 0
    while (status := call.get_call_status(5)).hresult == com.WBEM_S_TIMEDOUT:
        other_work += 1
    print(f"the call ended with 0x{status.status or 0:08X}; meanwhile {other_work} pieces of other work were done")

    hr, disk = call.get_result_object(com.WBEM_INFINITE)
    if disk is not None:
        print(f"Size of / is {disk.get('Size').value} bytes, as text because it has 64 bits")
    call.release()
    services.release()


if __name__ == "__main__":
    main()

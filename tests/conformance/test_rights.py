"""Conformance cases 88 to 92: methods, and what a caller may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, fixture_engine
from wmix import com
from wmix.port.caller import Caller, Rights
from wmix.providers.logical_disk import logical_disk_providers
from wmix.providers.mounts import Mount, MountTable
from wmix.providers.system_files import SystemFiles
from wmix.security.ace import Ace, AceFlag, AceType
from wmix.security.descriptor import SecurityDescriptor
from wmix.security.sid import EVERYONE

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.conftest import Connect
    from conformance.ways import Way
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def test_a_method_without_its_required_input_is_run_and_says_so(services: Services) -> None:
    """Case 88."""
    hresult, out = services.exec_method("CF_Job", "Create", 0, None, None)
    assert hresult == com.WBEM_S_NO_ERROR
    assert out is not None
    assert out.get("ReturnValue").value == 21
    identifier = out.get("Id")
    assert (identifier.value, identifier.type) == (None, com.CIM_UINT32)


MAPPED = Mount("//server/share", "cifs", "/mnt/share", frozenset({"rw"}), frozenset({"rw"}), "0:50")
UNKNOWN = Mount("/dev/sdz1", "fancyfs", "/mnt/fancy", frozenset({"rw"}), frozenset({"rw"}), "250:1")


@pytest.mark.parametrize("mount", [MAPPED, UNKNOWN], ids=["mapped", "unknown"])
def test_a_file_system_that_cannot_be_checked_is_a_return_value(way: Way, mount: Mount, tmp_path: Path) -> None:
    """Case 89."""
    (tmp_path / "dev").mkdir()
    # No signature of any file system.
    (tmp_path / "dev/sdz1").write_bytes(bytes(1 << 20))
    disks = logical_disk_providers(MountTable.of(mount), {}, files=SystemFiles(tmp_path))
    locator = way.locator(lambda: fixture_engine(providers=disks))
    services = locator.connect_server("root\\cimv2").services
    assert services is not None
    hresult, out = services.exec_method(f'Win32_LogicalDisk.DeviceID="{mount.mount_point}"', "Chkdsk")
    assert hresult == com.WBEM_S_NO_ERROR
    assert out is not None
    assert out.get("ReturnValue").value in (2, 4)


def test_a_caller_who_may_only_enter_reads_and_does_no_more(connect: Connect) -> None:
    """Case 90."""
    services = connect(caller=Caller("reader", rights=Rights.ENABLE))
    hresult, part = services.get_object('CF_Part.Id="p1"')
    assert hresult == com.WBEM_S_NO_ERROR
    assert services.put_instance(part) == (com.WBEM_E_ACCESS_DENIED,)
    assert services.exec_method("CF_Job", "Create") == (com.WBEM_E_ACCESS_DENIED, None)


def test_a_remote_caller_needs_the_right_to_come_from_afar(way: Way) -> None:
    """Case 91."""
    caller = Caller("remote", rights=Rights.ALL & ~Rights.REMOTE_ENABLE, is_remote=True)
    locator = way.locator(fixture_engine, caller)
    assert locator.connect_server(NAMESPACE) == (com.WBEM_E_ACCESS_DENIED, None)


def test_the_descriptor_of_a_namespace_is_read_set_and_inherited(way: Way) -> None:
    """Case 92."""
    locator = way.locator(fixture_engine)
    root = locator.connect_server("root").services
    assert root is not None
    descriptor = _descriptor(root)
    entry = Ace(AceType.ALLOWED, AceFlag.CONTAINER_INHERIT, Rights.ENABLE, EVERYONE)
    changed = descriptor.replace(dacl=(entry, *(descriptor.dacl or ())))
    cls = root.get_object("__SystemSecurity").object
    assert cls is not None
    signature = cls.get_method("SetSD").in_signature
    assert signature is not None
    given = signature.spawn_instance().new_instance
    assert given is not None
    assert given.put("SD", 0, list(changed.octets)) == (com.WBEM_S_NO_ERROR,)
    hresult, out = root.exec_method("__SystemSecurity=@", "SetSD", 0, None, given)
    assert hresult == com.WBEM_S_NO_ERROR
    assert out is not None
    assert out.get("ReturnValue").value == 0
    conf = locator.connect_server(NAMESPACE).services
    assert conf is not None
    below = entry.replace(flags=AceFlag.CONTAINER_INHERIT | AceFlag.INHERITED)
    assert below in (_descriptor(conf).dacl or ())


def _descriptor(services: Services) -> SecurityDescriptor:
    hresult, out = services.exec_method("__SystemSecurity=@", "GetSD")
    assert hresult == com.WBEM_S_NO_ERROR
    assert out is not None
    assert out.get("ReturnValue").value == 0
    found = SecurityDescriptor.read(bytes(out.get("SD").value))
    assert found.owner is not None
    assert found.group is not None
    return found

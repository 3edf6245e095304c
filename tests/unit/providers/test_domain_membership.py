"""Domain membership: a keytab and a configured realm, or a workgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.domain_membership import read_membership

if TYPE_CHECKING:
    from pathlib import Path

SSSD = "[sssd]\ndomains = one, two\n[domain/one]\nid_provider = files\n[domain/two]\nad_domain = Corp.Example\n"
SAMBA = """# a comment
[global]
  Server  Role = member server
  workgroup = CORP
  security = ADS
  realm = CORP.EXAMPLE
"""


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_a_machine_without_configuration_is_in_a_workgroup(tree: LinuxTree) -> None:
    membership = read_membership(tree.files)
    assert (membership.realm, membership.domain, membership.is_controller) == (None, "WORKGROUP", False)


def test_a_configured_realm_without_a_keytab_is_no_membership(tree: LinuxTree) -> None:
    tree.write("/etc/sssd/sssd.conf", SSSD)
    tree.write("/etc/samba/smb.conf", SAMBA)
    membership = read_membership(tree.files)
    assert (membership.realm, membership.domain) == (None, "CORP")


@pytest.mark.parametrize(("name", "text"), [("/etc/sssd/sssd.conf", SSSD), ("/etc/samba/smb.conf", SAMBA)])
def test_a_keytab_and_a_realm_are(tree: LinuxTree, name: str, text: str) -> None:
    tree.write("/etc/krb5.keytab", "")
    tree.write(name, text)
    assert read_membership(tree.files).domain == "corp.example"


def test_a_keytab_alone_is_no_membership(tree: LinuxTree) -> None:
    tree.write("/etc/krb5.keytab", "")
    tree.write("/etc/samba/smb.conf", "[global]\nrealm = X\n[other]\nworkgroup = NO\n")
    assert read_membership(tree.files).realm is None


def test_a_samba_controller_serves_its_own_realm(tree: LinuxTree) -> None:
    tree.write("/etc/samba/smb.conf", "[global]\nserver role = active directory domain controller\nrealm = AD.X\n")
    membership = read_membership(tree.files)
    assert (membership.is_controller, membership.realm) == (True, "AD.X")

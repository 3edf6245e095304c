"""Findings of checks: good for one state of one superblock."""

from __future__ import annotations

from wmix.providers.check_findings import CheckFindings


def test_a_finding_holds_until_the_superblock_changes() -> None:
    findings = CheckFindings()
    assert not findings.has_errors("/dev/sda1", 1)
    findings.put("/dev/sda1", 1)
    assert findings.has_errors("/dev/sda1", 1)
    assert not findings.has_errors("/dev/sda1", 2)
    assert not findings.has_errors("/dev/sda2", 1)
    findings.clear("/dev/sda1")
    findings.clear("/dev/sda1")
    assert not findings.has_errors("/dev/sda1", 1)


def test_the_oldest_finding_is_forgotten_first() -> None:
    findings = CheckFindings()
    for number in range(1025):
        findings.put(f"/dev/{number}", number)
    assert not findings.has_errors("/dev/0", 0)
    assert findings.has_errors("/dev/1", 1)
    assert findings.has_errors("/dev/1024", 1024)

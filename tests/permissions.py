"""Programs that files' permissions bind, whoever runs the tests."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["ruled_by_permissions"]


def ruled_by_permissions() -> list[str]:
    """Words to put before a command: root then has no right to write what is read-only.

    It stays root, so that it still reads whatever root may read, such as these tests in root's own folder.
    """
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: package util-linux")
    return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]

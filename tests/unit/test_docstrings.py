"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import wmix
from key_distribution_centre import GSSAPI_NEEDED

MODULES = [found.name for found in pkgutil.walk_packages(wmix.__path__, "wmix.") if not found.name.endswith("__main__")]

#: Modules that cannot even be imported without the library of Kerberos.
KERBEROS = {f"wmix.net.security.kerberos_{part}" for part in ("acceptor", "login", "security")}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    if name in KERBEROS:
        pytest.importorskip("gssapi", reason=GSSAPI_NEEDED, exc_type=ImportError)
    failed, _ = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_there_are_examples_at_all() -> None:
    finder = doctest.DocTestFinder()
    assert any(example.examples for example in finder.find(import_module("wmix.testing.clock")))

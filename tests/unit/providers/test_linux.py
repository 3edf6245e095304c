"""The table of served classes: every class is in the image, every module gives what the table says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wmix.config import Settings
from wmix.providers.linux import LINUX_PROVIDERS, load_providers
from wmix.providers.registration import EventDefinition, MethodDefinition, ProviderDefinition

if TYPE_CHECKING:
    from wmix.cim.image import ClassImage


@pytest.mark.parametrize("class_name", LINUX_PROVIDERS)
def test_each_class_has_one_provider_or_source_of_what_it_has(class_name: str, class_image: ClassImage) -> None:
    definitions = load_providers(class_name, Settings())
    cls = class_image.load("root\\cimv2", class_name)
    assert cls is not None
    assert cls.name == class_name
    (served,) = (d for d in definitions if isinstance(d, ProviderDefinition | EventDefinition))
    assert isinstance(served, EventDefinition) == cls.inherits_from("__Event")
    assert isinstance(served, EventDefinition) or served.pushes <= set(cls.properties)
    for definition in definitions:
        assert definition.class_name == class_name
        assert definition.namespace == "root\\cimv2"
        if isinstance(definition, MethodDefinition):
            assert definition.static == cls.methods[definition.method].is_static


def test_a_class_that_is_not_served_has_none() -> None:
    assert load_providers("Win32_Fan", Settings()) == []


def test_one_class_loads_the_modules_of_no_other() -> None:
    code = (
        "import sys\nfrom wmix.config import Settings\nfrom wmix.providers.linux import load_providers\n"
        "load_providers('Win32_Process', Settings())\n"
        "print(*(name for name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "wmix.providers.process" in loaded
    for name in ("wmix.providers.services", "wmix.providers.processor", "psutil", "jeepney", "subprocess", "asyncio"):
        assert name not in loaded, name

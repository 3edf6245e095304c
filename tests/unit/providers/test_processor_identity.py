"""What a processor is called, by the kernel and by the firmware."""

from __future__ import annotations

import pytest

from unit.providers.firmware import structure
from wmix.providers.cpuinfo import LogicalProcessor, Package
from wmix.providers.processor_identity import cpuid_text, describe, family_number
from wmix.providers.smbios import Structure, parse_structures

EPYC_FLAGS = (
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx"
)


def package(**fields: str) -> Package:
    named = {name.replace("_", " ") if name != "vendor_id" else name: value for name, value in fields.items()}
    return Package(0, [LogicalProcessor(0, named)], 1)


def socket(formatted: bytes) -> Structure:
    (found,) = parse_structures(structure(4, formatted))
    return found


EPYC = package(
    vendor_id="AuthenticAMD", cpu_family="25", model="17", stepping="1", model_name="AMD EPYC 9004", flags=EPYC_FLAGS
)
CORE = package(
    vendor_id="GenuineIntel", cpu_family="6", model="158", stepping="10", model_name="Intel(R) Core(TM) i7-8700 CPU"
)
ARM = Package(
    0, [LogicalProcessor(0, {"CPU architecture": "8", "CPU part": "0xd0c", "CPU revision": "1", "Features": "fp"})], 1
)


def test_descriptions_are_worded_as_on_windows() -> None:
    assert describe(EPYC, "x86_64") == "AMD64 Family 25 Model 17 Stepping 1"
    assert describe(CORE, "x86_64") == "Intel64 Family 6 Model 158 Stepping 10"
    assert describe(CORE, "i686") == "i686 Family 6 Model 158 Stepping 10"
    assert describe(ARM, "aarch64") == "aarch64 Family 8 Model 3340 Stepping 1"
    assert describe(package(), "riscv64") == "riscv64"


def test_families_by_name_and_by_firmware() -> None:
    assert (family_number(EPYC, None), family_number(CORE, None), family_number(ARM, None)) == (107, 198, 2)
    assert family_number(CORE, socket(bytes((0, 3, 205)))) == 205
    extended = socket(bytes((0, 3, 0xFE)) + bytes(0x28 - 7) + b"\x01\x01")
    assert family_number(CORE, extended) == 0x101
    assert family_number(CORE, socket(bytes((0, 3, 0)))) == 198


def test_the_identification_is_rebuilt_from_family_and_features() -> None:
    assert cpuid_text(EPYC, None) == "178BFBFF00A10F11"
    assert cpuid_text(ARM, None) is None
    assert cpuid_text(CORE, None) is None


@pytest.mark.parametrize(
    ("octets", "text"), [(bytes.fromhex("110fa100fffb8b17"), "178BFBFF00A10F11"), (bytes(8), None)]
)
def test_the_firmwares_identification_comes_first(octets: bytes, text: str | None) -> None:
    assert cpuid_text(CORE, socket(bytes((0, 3, 205, 0)) + octets)) == text

"""What a processor is called: CIM's family number, Windows' description, the words of CPUID.

SMBIOS type 4 says it best (DSP0134 7.5.2 and 7.5.3).  Without it, the identification is rebuilt from what the kernel
read of CPUID leaf 1: the signature from family, model and stepping, the features from their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.providers.cpuinfo import Package
    from wmix.providers.smbios import Structure

__all__ = ["cpuid_text", "describe", "family_number"]

_FAMILY_UNKNOWN = 2
#: A family of 0FEh stands in a word at 28h.
_FAMILY_EXTENDED = 0xFE
#: Words of the model name -> family, DSP0134 7.5.2.
_FAMILIES: Final = {
    "Xeon": 179,
    "i3": 206,
    "i5": 205,
    "i7": 198,
    "i9": 207,
    "EPYC": 107,
    "Ryzen": 107,
}
_VENDORS: Final = {"GenuineIntel": "Intel64", "AuthenticAMD": "AMD64", "HygonGenuine": "AMD64", "CentaurHauls": "VIA64"}

#: The kernel's names for the bits of EDX of CPUID leaf 1, from bit 0; empty for a reserved one.
_FEATURES: Final = (
    *("fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "", "sep", "mtrr", "pge", "mca", "cmov"),
    *(
        "pat",
        "pse36",
        "pn",
        "clflush",
        "",
        "dts",
        "acpi",
        "mmx",
        "fxsr",
        "sse",
        "sse2",
        "ss",
        "ht",
        "tm",
        "ia64",
        "pbe",
    ),
)


def describe(package: Package, machine: str) -> str:
    """Architecture, family, model and stepping, as Windows words it, e.g. ``AMD64 Family 25 Model 17 Stepping 1``."""
    family, model, stepping = (package.number(name) for name in ("cpu family", "model", "stepping"))
    if family is None:
        family, model, stepping = (package.number(f"CPU {name}") for name in ("architecture", "part", "revision"))
    if family is None:
        return machine
    kind = _VENDORS.get(package.field("vendor_id") or "", machine) if machine == "x86_64" else machine
    return f"{kind} Family {family} Model {model or 0} Stepping {stepping or 0}"


def family_number(package: Package, socket: Structure | None) -> int:
    """``Family``: the firmware's number, else that of a well-known name, else 2 (unknown)."""
    number = None if socket is None else socket.byte(0x06)
    if socket is not None and number == _FAMILY_EXTENDED:
        number = socket.word(0x28)
    if number:
        return number
    words = (package.field("model name") or "").replace("(R)", " ").replace("(TM)", " ").replace("-", " ").split()
    return next((_FAMILIES[word] for word in words if word in _FAMILIES), _FAMILY_UNKNOWN)


def cpuid_text(package: Package, socket: Structure | None) -> str | None:
    """``ProcessorId``: EDX and EAX of CPUID leaf 1 in 16 hexadecimal digits; None where there is no CPUID."""
    if socket is not None and len(socket.data) >= 0x10:
        identifier = int.from_bytes(socket.data[0x08:0x10], "little")
        return f"{identifier:016X}" if identifier else None
    family, model, stepping = (package.number(name) for name in ("cpu family", "model", "stepping"))
    flags = package.flags
    if family is None or model is None or stepping is None or flags is None or "cx8" not in flags:
        return None
    # The kernel adds the extended family (from 15 on) and shifts the extended model in; this undoes it.
    base = min(family, 15)
    signature = (family - base) << 20 | (model >> 4) << 16 | base << 8 | (model & 15) << 4 | stepping
    features = sum(1 << bit for bit, name in enumerate(_FEATURES) if name in flags)
    return f"{features:08X}{signature:08X}"

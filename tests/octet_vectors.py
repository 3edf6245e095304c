"""Golden octets: ``tests/vectors/<room>/<name>.hex``, hexadecimal with comments after ``#``."""

from __future__ import annotations

from pathlib import Path

__all__ = ["names_of_vectors", "vector"]

_ROOT = Path(__file__).parent / "vectors"


def vector(room: str, name: str) -> bytes:
    """The octets of one vector."""
    lines = (_ROOT / room / f"{name}.hex").read_text("utf-8").splitlines()
    return bytes.fromhex(" ".join(line.partition("#")[0] for line in lines))


def names_of_vectors(room: str) -> set[str]:
    """The names of all vectors of a room."""
    return {path.stem for path in (_ROOT / room).glob("*.hex")}

"""Coverage-guided fuzzing of the parsers with atheris (libFuzzer): ``make fuzz``.

``python fuzz/run.py wql mof --seconds 60`` fuzzes each for 60 s in a process of its own.  An input that raises what is
not documented, takes more than five seconds or more than a gigabyte ends the run with code 1; it is kept below
``build/fuzz`` and can be given again: ``python fuzz/run.py wql --input FILE``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

NAMES = ("wql", "like", "mof", "path", "datetime", "descriptor", "ntlm", "spnego", "pdu")
"""Those of ``targets.TARGETS``, which is only imported where it is instrumented."""

SLOWEST = 5
"""Seconds for one input."""

LARGEST = 4096
"""Octets of one input."""

MEMORY = 1024
"""MiB of the process."""


def fuzz(name: str, seconds: int, seed: int) -> int:
    """Fuzz one target in this process, which ends with it; 0 means that nothing was found."""
    import atheris

    with atheris.instrument_imports(include=["wmix"]):
        from targets import TARGETS

    target = TARGETS[name]
    place = Path("build", "fuzz", name)
    corpus = place / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(_octets(text))
    words = place / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-timeout={SLOWEST}",
            f"-rss_limit_mb={MEMORY}",
            f"-max_len={LARGEST}",
            f"-dict={words}",
            f"-artifact_prefix={place}{os.sep}",
            "-print_final_stats=1",
            str(corpus),
        ],
        target.check,
    )
    atheris.Fuzz()
    return 0


def _octets(given: str | bytes) -> bytes:
    return given if isinstance(given, bytes) else given.encode()


def _escaped(word: str | bytes) -> str:
    """*word* as a dictionary of libFuzzer has it."""
    return "".join([f"\\x{octet:02x}" for octet in _octets(word)])


def main() -> int:
    """Fuzz, or try one input again; the exit code."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(NAMES)} (default: all)")
    reader.add_argument("--seconds", type=int, default=120, help="seconds for each target (default: 120)")
    reader.add_argument("--seed", type=int, default=0, help="makes a run repeatable; 0 takes another one every time")
    reader.add_argument("--input", metavar="FILE", help="try this input and nothing else")
    reader.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = reader.parse_args()
    names = arguments.targets or list(NAMES)
    for name in names:
        if name not in NAMES:
            reader.error(f"there is no target {name}: {', '.join(NAMES)}")
    if arguments.input:
        from targets import TARGETS

        for name in names:
            TARGETS[name].check(Path(arguments.input).read_bytes())
        return 0
    if arguments.here:
        return fuzz(names[0], arguments.seconds, arguments.seed)
    failed = [name for name in names if _apart(name, arguments.seconds, arguments.seed)]
    if failed:
        print(f"found something in: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _apart(name: str, seconds: int, seed: int) -> int:
    """Fuzz one target in a process of its own: libFuzzer does not come back."""
    print(f"--- {name}, {seconds} s", flush=True)
    words = [sys.executable, __file__, name, "--seconds", str(seconds), "--seed", str(seed), "--here"]
    return subprocess.run(words, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

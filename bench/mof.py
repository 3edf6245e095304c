"""What compiling MOF costs, against pywbem's compiler on the same text in one run: ``make bench``.

pywbem has two places to compile into.  Its mock server is a repository that can be asked afterwards, as ours is; that
is the one to compare with.  The other, ``MOFWBEMConnection``, only collects what was parsed in lists: its figure shows
what parsing alone costs there.
"""

from __future__ import annotations

import argparse
from typing import Any

from measure import Line, alternate, table

import wmix

CLASSES = 2_000
INSTANCES = 10_000

QUALIFIERS = """\
Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride, ToSubclass);
Qualifier Description : string = null, Scope(any), Flavor(EnableOverride, ToSubclass, Translatable);
Qualifier Units : string = null, Scope(property, method, parameter), Flavor(EnableOverride, ToSubclass);
Qualifier In : boolean = true, Scope(parameter), Flavor(DisableOverride, ToSubclass);
Qualifier Out : boolean = false, Scope(parameter), Flavor(DisableOverride, ToSubclass);
"""

BASE = """\
    [Key, Description("what it is called")] string Id;
    uint32 Size = 5;
"""

CLASS = """\
[Description("class number {number}")]
class Bench_C{number}{parent}
{{
{base}    [Description("the name"), Units("none")] string Name{number};
    uint16 Level{number}[] = {{1, 2, 3}};
    boolean Ready{number} = TRUE;
    datetime Since{number};
    uint32 Grow{number}([In] uint32 By, [In (false), Out] string Names[]);
}};
"""

INSTANCE = """\
instance of Bench_C{number}
{{
    Id = "item {item}";
    Size = {item};
    Name{number} = "the name of \\"{item}\\"";
    Level{number} = {{{item}, 2, 3}};
    Ready{number} = FALSE;
    Since{number} = "20240229120000.000000+060";
}};
"""


def generated(classes: int, instances: int) -> str:
    """A file of families of ten classes, one parent and nine children, and instances of all of them in turn."""
    parts = [QUALIFIERS]
    for number in range(classes):
        first = number - number % 10
        is_first = number == first
        parts.append(
            CLASS.format(number=number, parent="" if is_first else f" : Bench_C{first}", base=BASE if is_first else "")
        )
    parts += [INSTANCE.format(number=item % classes, item=item % 65_536) for item in range(instances)]
    return "".join(parts)


def ours(text: str) -> None:
    """Into a repository in memory, through the door, all or nothing."""
    with wmix.connect(namespace="root/default", repository=":memory:") as wmi:
        wmi.compile(text)


def into_mock_server(text: str) -> None:
    """pywbem's compiler into its mock server."""
    import pywbem_mock

    server: Any = pywbem_mock.FakedWBEMConnection(default_namespace="root/default")
    server.compile_mof_string(text, "root/default")


def into_lists(text: str) -> None:
    """pywbem's compiler into lists."""
    from pywbem._mof_compiler import MOFCompiler, MOFWBEMConnection

    place: Any = MOFWBEMConnection()
    place.default_namespace = "root/default"
    MOFCompiler(place, log_func=None).compile_string(text, "root/default")


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rounds", type=int, default=2, help="rounds that count (default: 2)")
    rounds = arguments.parse_args().rounds
    whole = generated(CLASSES, INSTANCES)
    half = generated(CLASSES // 2, INSTANCES // 2)
    times = alternate(
        {
            "ours": lambda: ours(whole),
            "half": lambda: ours(half),
            "server": lambda: into_mock_server(whole),
            "lists": lambda: into_lists(whole),
        },
        rounds,
    )
    count = CLASSES + INSTANCES
    print(
        table(
            [
                Line(f"compiling {CLASSES:,} classes and {INSTANCES:,} instances", times["ours"], "s"),
                Line("the same, per declaration", times["ours"] / count * 1e6, "us"),
                Line("pywbem into its mock server, per declaration", times["server"] / count * 1e6, "us"),
                Line("pywbem into lists, per declaration", times["lists"] / count * 1e6, "us"),
                Line("our rate against pywbem into its mock server", times["server"] / times["ours"], "x", 10.0,
                     at_least=True),
                Line("our rate against pywbem into lists", times["lists"] / times["ours"], "x"),
                Line("the whole file against half of it, linear being 2", times["ours"] / times["half"], "x", 2.6),
            ]
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()

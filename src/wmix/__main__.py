"""Where the command ``wmix`` and ``python -m wmix`` begin: as early as Python lets a program answer to Ctrl-C."""

import gc
import sys

_CYCLES = 50_000
"""Objects after which the collector of cycles looks for some."""


def start() -> int:
    """Run the command line; its exit code. An interrupt while it is still being imported ends it quietly, too."""
    try:
        # A command is over before cycles matter; collecting them while modules load costs a tenth of the start.
        gc.set_threshold(_CYCLES)
        from wmix.cli.postponed import Postponing

        with Postponing():
            for name in ("asyncio", "datetime", "struct"):
                __import__(name)
        from wmix.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(start())

"""Where the command ``wmix`` and ``python -m wmix`` begin: as early as Python lets a program answer to Ctrl-C."""

import sys


def start() -> int:
    """Run the command line; its exit code. An interrupt while it is still being imported ends it quietly, too."""
    try:
        from wmix.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(start())

"""``python -m wmix``: the command line without its script."""

import sys

from wmix.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

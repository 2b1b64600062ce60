"""The command line.

python -m med3dvlm info                         # the embedded model
python -m med3dvlm info FOLDER                  # what a checkpoint is, and whether it fits here
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from med3dvlm.commands.info import told
from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.errors import Med3DVLMError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m med3dvlm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="what a checkpoint is, and whether it fits here")
    info.add_argument("folder", type=Path, nargs="?", default=DEFAULT_MODEL)
    info.set_defaults(run=lambda chosen: told(chosen.folder))
    chosen = parser.parse_args(arguments)
    try:
        for line in chosen.run(chosen):
            print(line)
    except Med3DVLMError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

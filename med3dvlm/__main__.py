"""The command line.

python -m med3dvlm info                         # the embedded model
python -m med3dvlm info FOLDER_OR_HUB_NAME      # what a checkpoint is, and whether it fits
python -m med3dvlm ask FOLDER --question "Is there a stone?" --out answers.csv
python -m med3dvlm report FOLDER --out reports.jsonl
python -m med3dvlm embed FOLDER --out LIBRARY
python -m med3dvlm search "kidney stone" --library LIBRARY
python -m med3dvlm prepare FOLDER --out TENSORS
python -m med3dvlm phantom 1234 --out scan.nii.gz
"""

import argparse
import sys
from collections.abc import Sequence

from med3dvlm.commands import ask, embed, phantom, prepare, report, search
from med3dvlm.commands.info import told
from med3dvlm.config import EMBEDDED
from med3dvlm.errors import Med3DVLMError

COMMANDS = (
    ("ask", ask, "ask every scan of a folder the same questions"),
    ("report", report, "write a report of every scan of a folder"),
    ("search", search, "find scans of a library by text or likeness"),
    ("embed", embed, "make scans a library that can be searched"),
    ("prepare", prepare, "write what the model sees of every scan of a folder"),
    ("phantom", phantom, "write a phantom as NIfTI or DICOM, to try things with"),
)


def make_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="python -m med3dvlm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="what a checkpoint is, and whether it fits here")
    info.add_argument("model", nargs="?", default=EMBEDDED, help="a folder, or a name on the hub")
    info.set_defaults(run=lambda chosen: told(chosen.model))
    for name, command, about in COMMANDS:
        parser_of = commands.add_parser(name, help=about, description=about)
        command.add_options(parser_of)
        parser_of.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    chosen = make_parser().parse_args(arguments)
    try:
        for line in chosen.run(chosen):
            print(line)
    except Med3DVLMError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

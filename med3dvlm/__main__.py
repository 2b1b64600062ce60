"""The command line.

python -m med3dvlm info                         # the embedded model
python -m med3dvlm info FOLDER_OR_HUB_NAME      # what a checkpoint is, and whether it fits
python -m med3dvlm ask FOLDER --question "Is there a stone?" --out answers.csv
python -m med3dvlm report FOLDER --out reports.jsonl
python -m med3dvlm embed FOLDER --out LIBRARY
python -m med3dvlm search "kidney stone" --library LIBRARY
python -m med3dvlm prepare FOLDER --out TENSORS
python -m med3dvlm phantom 1234 --out scan.nii.gz
python -m med3dvlm explain scan.nii.gz --text "kidney stone" --out map.nii.gz
python -m med3dvlm perturb scan.nii.gz --question "Is there a kidney stone?" --out changes.csv
python -m med3dvlm detect --kind "kidney stone" --size 20 --out trial.json
python -m med3dvlm inside scan.nii.gz --question "Where is the kidney stone?" --out words.csv
python -m med3dvlm prompts --kind ascites --states "ascites" --denies "no ascites" --out scans.csv
python -m med3dvlm built scan.nii.gz --out steps.csv
"""

import argparse
import sys
from collections.abc import Sequence

from med3dvlm.commands import (
    ask,
    built,
    detect,
    embed,
    explain,
    inside,
    perturb,
    phantom,
    prepare,
    prompts,
    report,
    search,
)
from med3dvlm.commands.info import told
from med3dvlm.config import EMBEDDED
from med3dvlm.errors import Med3DVLMError

COMMANDS = (
    ("ask", ask, "ask the same questions about every scan in a folder"),
    ("report", report, "write a report for every scan in a folder"),
    ("search", search, "search a library for scans, by text or by a similar scan"),
    ("embed", embed, "build a searchable library from scans"),
    ("prepare", prepare, "save the model's input for every scan in a folder"),
    ("phantom", phantom, "save a phantom as NIfTI or DICOM, as test data"),
    ("explain", explain, "save a map of what a score for a scan comes from"),
    ("perturb", perturb, "ask before and after a scan is flipped, blurred, blanked, cropped ..."),
    ("detect", detect, "paint a lesion into a phantom and see whether it is detected"),
    ("inside", inside, "save what is known of each word of an answer"),
    ("prompts", prompts, "try pairs of prompts on phantoms of known truth and on a scan"),
    ("built", built, "follow a scan through the model, with all shapes"),
)


def make_parser() -> argparse.ArgumentParser:
    """The parser for all commands and their options."""
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
    """Run a command and return the exit status."""
    chosen = make_parser().parse_args(arguments)
    try:
        for line in chosen.run(chosen):
            print(line)
    except Med3DVLMError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        # A disk that is full or gone; what was written so far is kept and continued by a later run.
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

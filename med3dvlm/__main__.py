"""The command line; installed, it is called `med3dvlm`.

python -m med3dvlm app                          # serve the page
python -m med3dvlm info                         # the embedded model
python -m med3dvlm info FOLDER_OR_HUB_NAME      # what a checkpoint is, and whether it fits
python -m med3dvlm ask FOLDER --question "Is there a stone?" --out answers.csv
python -m med3dvlm report FOLDER --out reports.jsonl
python -m med3dvlm embed FOLDER --out LIBRARY
python -m med3dvlm library build FOLDER --out LIBRARY
python -m med3dvlm search "kidney stone" --library LIBRARY --where region=chest
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

from med3dvlm.errors import Med3DVLMError

APP = "app"


def make_parser() -> argparse.ArgumentParser:
    """The parser for all commands and their options."""
    from med3dvlm import app
    from med3dvlm.commands.all import COMMANDS
    from med3dvlm.commands.info import told
    from med3dvlm.config import EMBEDDED

    parser = argparse.ArgumentParser(
        prog="python -m med3dvlm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    info = commands.add_parser("info", help="what a checkpoint is, and whether it fits here")
    info.add_argument("model", nargs="?", default=EMBEDDED, help="a folder, or a name on the hub")
    info.set_defaults(run=lambda chosen: told(chosen.model))
    app.add_options(commands.add_parser(APP, help="serve the page"))
    for name, command, about in COMMANDS:
        parser_of = commands.add_parser(name, help=about, description=about)
        command.add_options(parser_of)
        parser_of.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == [APP]:
        # Without the imports of the others: the page opens before the model's libraries are there.
        from med3dvlm import app

        app.main(given[1:], program="med3dvlm app")
        return 0
    chosen = make_parser().parse_args(given)
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

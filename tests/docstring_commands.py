"""Command lines that words show, and whether the programs take them."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

import med3dvlm.__main__
import train.cli

PARSERS = {"med3dvlm": med3dvlm.__main__.make_parser, "train": train.cli.make_parser}
MODULE = re.compile(r"python -m ([\w.]+)(.*)")
SCRIPT = re.compile(r"python ([\w./]+\.py)(.*)")


def check_command(line: str, root: Path) -> None:
    """Fail where a program is missing or does not know an option.

    Options of programs without a parser of their own are looked for in their text.
    """
    words = line.split("#")[0].strip()
    module, script = MODULE.fullmatch(words), SCRIPT.fullmatch(words)
    assert module or script, f"an unknown kind of command: {words}"
    if script and script[1] == "app.py":  # it hands on what it is given
        check_arguments("med3dvlm", f"app {script[2]}")
        return
    if module and module[1] in PARSERS:
        check_arguments(module[1], module[2])
        return
    if module:
        spec = find_spec(module[1])
        assert spec, f"there is no module {module[1]}"
        assert spec.origin
        program, rest = Path(spec.origin), module[2]
    else:
        assert script
        program, rest = root / script[1], script[2]
    for option in re.findall(r"--[\w-]+", rest):
        assert option in program.read_text(), f"{program.name} knows no {option}"


def check_arguments(module: str, rest: str) -> None:
    """Fail where a program of ours does not take what stands behind it.

    A lone word is the name of a command, whose options are not looked at.
    """
    words = shlex.split(rest)
    if len(words) == 1:
        with pytest.raises(SystemExit, match="0"):
            PARSERS[module]().parse_args([*words, "--help"])
    else:
        PARSERS[module]().parse_args(words)

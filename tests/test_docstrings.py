"""What docstrings show is true: it parses, its names exist, and mypy accepts its calls.

Checked are the paragraphs of code and commands at the head of modules. The check can't see what
prose says, nor what becomes of a name that stands for something of the reader's own and has no type
in `STAND_INS`, nor what a call does when it is made: for that, `test_docstrings_run.py` runs those
that need nothing but small inputs.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docstring_code import ROOT, Example, code_lines, examples
from tests.docstring_commands import check_command
from tests.docstring_types import typed_module, unknown_names

SHOWN = examples()
every_example = pytest.mark.parametrize("example", SHOWN, ids=lambda one: one.module)


def complaints(shown: list[Example], folder: Path) -> list[str]:
    """What mypy says of examples, each with the module that shows it."""
    source = typed_module(shown)
    path = folder / "shown.py"
    path.write_text(source.text)
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    # The folder may be that of an earlier run with the same source, which mypy remembers.
    found = re.findall(r"^\S*shown\.py:(\d+): error: (.*)$", ended.stdout, re.MULTILINE)
    assert bool(found) == (ended.returncode == 1), ended.stdout
    return [f"{source.module_at(int(line))}: {words}" for line, words in found]


def shown(code: str, module: str = "med3dvlm.engine.engine") -> Example:
    return Example(module, code, ())


@every_example
def test_every_example_is_code_with_names_that_exist(example: Example) -> None:
    assert not unknown_names(example)


@every_example
def test_every_command_is_understood(example: Example) -> None:
    for line in example.commands:
        check_command(line, ROOT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_example_is_called_rightly(tmp_path: Path) -> None:
    parsed = [example for example in SHOWN if example.parses]  # others fail above, by name
    assert not complaints(parsed, tmp_path)


def test_code_is_told_from_prose() -> None:
    text = """What it is for.

    found = look(volume)     # set in
    python -m train table

Words of explanation, with
    one_more(line)

plain = "code"
"""
    assert list(code_lines(text)) == [
        "found = look(volume)     # set in",
        "python -m train table",
        "one_more(line)",
        'plain = "code"',
    ]


def test_names_that_do_not_exist_are_found() -> None:
    assert not unknown_names(shown("engine = load_engine(folder)\nengine.encode(volume)"))
    assert unknown_names(shown("engine = lode_engine(folder)")) == ["lode_engine"]
    assert unknown_names(shown("engine.encode(volume, AS_TRAINT)")) == ["AS_TRAINT"]
    with pytest.raises(SyntaxError):
        unknown_names(shown("engine.encode(volume=volume, ...)"))


def test_commands_that_do_not_exist_are_found() -> None:
    check_command("python -m med3dvlm.hosting.space OUT --model NAME", ROOT)
    for line in (
        "python -m med3dvlm.hosting.space OUT --modell NAME",
        "python -m med3dvlm.hosting.spice OUT",
        "python -m benchmarks.soak --no-such-option",
    ):
        with pytest.raises((AssertionError, ModuleNotFoundError)):
            check_command(line, ROOT)
    for line in ("python -m med3dvlm ask FOLDER --out a.csv", "python app.py --no-such-option"):
        with pytest.raises(SystemExit):
            check_command(line, ROOT)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_wrong_calls_are_found(tmp_path: Path) -> None:
    wrong = {
        'load_engine(folder, devise="cpu")': "devise",
        "load_engine(folder).encode(volume).retrieval_embedding": "retrieval_embedding",
        "load_engine()": "folder",
        "engine.encode(volume, window)": "InputChoice",
        "a, b = engine.encode(volume)": "not iterable",
    }
    found = complaints([shown(code) for code in wrong], tmp_path)
    assert len(found) == len(wrong)
    for words, line in zip(wrong.values(), found, strict=True):
        assert words in line
    assert not complaints(
        [shown("engine = load_engine(folder)\nengine.encode(volume).low")], tmp_path
    )

"""A page of the site for the command lines, written from their parsers: reference/commands.md."""

import argparse
from collections.abc import Iterator
from typing import Any

from mkdocs.structure.files import File, Files

import med3dvlm.__main__
import train.cli

PAGE = "reference/commands.md"
HEAD = """# Command line

Written from the programs' own parsers when this site was built; `--help` says the same.
"""


def on_files(files: Files, config: Any) -> Files:
    """Add the page."""
    files.append(File.generated(config, PAGE, content="\n".join(page())))
    return files


def page() -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    for parser in (med3dvlm.__main__.make_parser(), train.cli.make_parser()):
        yield f"## `{parser.prog}`\n"
        yield from commands(parser)


def commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The help of each command, and of the commands that it has in turn."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield f"### `{one.prog}`\n\n```text\n{one.format_help().strip()}\n```\n"
                yield from commands(one)

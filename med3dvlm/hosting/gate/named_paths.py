"""Finds the paths of visitors' files that a request or an answer names.

    for path in paths_in(value_of(body), folder): ...       # of a request
    for path in sent_paths(chunk, folder): ...              # of an answer

A request may name a file in any string: written out, percent-encoded, with dots, or through a link.
Links are looked up on the disk only for texts that begin where something is, and for no more than a
bounded number of characters.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from med3dvlm.hosting.gate.refusal import RefusedError

LONGEST_PATH = 4096
LONGEST_QUOTED = 3 * LONGEST_PATH  # every character percent-encoded
MOST_LOOKED_UP = 2**16  # characters of one request
ADDRESS = re.compile(r"https?://")
TOO_MANY = "This request names too many files. Zip the folder, and upload the zip."


def paths_in(value: Any, folder: Path) -> Iterator[str]:
    """Every path inside the folder that appears anywhere in a JSON value.

    Raises:
        RefusedError: it holds more texts that look like paths than are looked up.
    """
    finder = _PathFinder(str(folder))
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield from finder.paths_of(part)
        elif isinstance(part, dict):
            waiting += (*part, *part.values())
        elif isinstance(part, list):
            waiting += part


class _PathFinder:
    """Looks at the texts of one request."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._here = str(Path.cwd())
        self._left = MOST_LOOKED_UP

    @cached_property
    def _begins(self) -> dict[str, set[str]]:
        """What lies at the root and in the current folder; few requests need to know."""
        return {root: {path.name for path in Path(root).iterdir()} for root in ("/", "")}

    def paths_of(self, text: str) -> Iterator[str]:
        """The text from the folder's name on, or the path that its dots or links lead to."""
        for form in _forms(text, self._folder):
            start = form.find(self._folder)
            if start >= 0:
                yield form[start:]
            elif "/" in form and len(form) <= LONGEST_PATH and _may_be_a_path(form):
                yield from self._followed(form)

    def _followed(self, form: str) -> Iterator[str]:
        straight = os.path.normpath(form if form.startswith("/") else f"{self._here}/{form}")
        if straight.startswith(self._folder):
            yield straight
        elif self._is_somewhere(form):
            self._left -= len(form)
            if self._left < 0:
                raise RefusedError(413, "json", TOO_MANY)
            real = os.path.realpath(form)
            if real.startswith(self._folder):
                yield real

    def _is_somewhere(self, form: str) -> bool:
        """Whether the first part of the path exists; otherwise it leads nowhere."""
        root = "/" if form.startswith("/") else ""
        first = form.lstrip("/").partition("/")[0]
        return first in {"", ".", ".."} or first in self._begins[root]


def _forms(text: str, folder: str) -> set[str]:
    """The text and what it means if it is percent-encoded, as far as that may be a file.

    In a URL only the decoded form counts. The name of a file may hold percent signs itself: where
    it exists as it is written, and nothing lies at the decoded path, it is that file alone.
    """
    if len(text) > LONGEST_QUOTED or "%" not in text:
        return {text}
    decoded = unquote(text)
    if ADDRESS.match(text):
        return {decoded}
    start = text.find(folder)
    if start >= 0 and _may_be_a_path(text) and _may_be_a_path(decoded):
        inside = os.path.normpath(decoded[max(0, decoded.find(folder)) :])
        if Path(text[start:]).is_file() and not os.path.lexists(inside):
            return {text}
    return {text, decoded}


def _may_be_a_path(text: str) -> bool:
    """False for what no file system can name: a null, or half a character."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def sent_paths(chunk: bytes, folder: Path) -> Iterator[str]:
    """Paths inside the folder in a chunk of outgoing JSON, which may be cut at both ends."""
    mark = str(folder).encode()
    if mark not in chunk:
        return
    for found in re.finditer(re.escape(mark) + rb'(?:[^"\\]|\\.)*', chunk):
        try:
            text = json.loads(b'"' + found[0] + b'"')
        except ValueError:
            continue
        yield text
        if "%" in text:
            yield unquote(text)

"""The usage shown at the head of modules, taken out of their docstrings.

for example in examples():
    example.module, example.code, example.commands, example.needs
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("med3dvlm", "train")
# Prose opens with a capital letter or a quoted name, then a space and another word or a bracket;
# or it is a list.
PROSE = re.compile(r"- |(?:[A-Z][\w'/.-]*[,;:]?|`[^`]*`\w*[,;:]?) +[`(\w]")
COMMAND = re.compile(r"(?:python|accelerate|make) ")


@dataclass(frozen=True)
class Example:
    """Code and command lines of one docstring."""

    module: str
    code: str
    commands: tuple[str, ...]

    @property
    def parses(self) -> bool:
        """Whether the code is Python at all."""
        try:
            ast.parse(self.code)
        except SyntaxError:
            return False
        return True

    @property
    def needs(self) -> list[str]:
        """Names that the code uses and doesn't make itself, without those of the language."""
        return list(dict.fromkeys(_needed(ast.parse(self.code))))


def examples() -> list[Example]:
    """One for each module whose docstring shows code or commands."""
    found = []
    for path in source_files():
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        lines = list(code_lines(text))
        commands = tuple(line for line in lines if COMMAND.match(line))
        code = "\n".join(line for line in lines if not COMMAND.match(line))
        if lines:
            found.append(Example(module_name(path), code, commands))
    return found


def source_files() -> list[Path]:
    """All modules whose docstrings are looked at."""
    return [path for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))]


def module_name(path: Path) -> str:
    """As it is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def code_lines(docstring: str) -> Iterator[str]:
    """Lines of all paragraphs after the first that are no prose; of prose, those set in."""
    for paragraph in docstring.split("\n\n")[1:]:
        lines = paragraph.strip("\n").splitlines()
        if PROSE.match(lines[0]):
            lines = [line for line in lines if line.startswith("    ")]
        inset = min((len(line) - len(line.lstrip()) for line in lines), default=0)
        yield from (line[inset:] for line in lines)


def _needed(tree: ast.Module) -> Iterator[str]:
    made = set(dir(builtins))
    for statement in tree.body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        inner = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
        bound = {name.id for name in names if isinstance(name.ctx, ast.Store)} | inner
        if isinstance(statement, ast.ImportFrom):
            bound = {alias.name for alias in statement.names}
        first = _read_first(statement)
        for name in names:
            known = made | (inner if name in first else bound)
            if isinstance(name.ctx, ast.Load) and name.id not in known:
                yield name.id
        made |= bound | ({statement.name} if isinstance(statement, ast.ClassDef) else set())


def _read_first(statement: ast.stmt) -> list[ast.AST]:
    """What is read before a statement binds its names, as in `volume = straighten(volume)`."""
    if isinstance(statement, ast.Assign):
        return list(ast.walk(statement.value))
    return list(ast.walk(statement.iter)) if isinstance(statement, ast.For) else []

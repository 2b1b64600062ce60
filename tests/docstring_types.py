"""Examples of docstrings as functions of one module, for mypy to check.

source = typed_module(examples())
source.text, source.module_at(line)

A name that is called or has capitals is one of the module, or of the project where only one module
has it (or only one of the same package). Any other name of no such kind stands for something that
the reader has: it becomes an argument, of the type that `STAND_INS` gives it or of any.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.docstring_code import Example, module_name, source_files

REST = "and_so_on"
ARRAY = "numpy.typing.NDArray[numpy.float32]"
STAND_INS = {
    "affine": "numpy.typing.NDArray[numpy.float64]",
    "card": "med3dvlm.engine.card.EngineCard",
    "digest": "str",
    "engine": "med3dvlm.engine.engine.Engine",
    "event": "med3dvlm.engine.conversation.TokenEvent",
    "clicked": "gradio.SelectData",
    "exchange": "med3dvlm.engine.dialogue.Exchange",
    "facts": "med3dvlm.phantoms.facts.Facts",
    "features": "med3dvlm.engine.features.VolumeFeatures",
    "folder": "pathlib.Path",
    "frames": "list[med3dvlm.volumes.formats.dicom.frame.Frame]",
    "info": "med3dvlm.model.checkpoint_file.ModelInfo",
    "key": "str",
    "load": "Any",
    "limits": "med3dvlm.volumes.limits.Limits",
    "name": "str",
    "out": "pathlib.Path",
    "page": "gradio.Blocks",
    "path": "pathlib.Path",
    "paths": "list[pathlib.Path]",
    "prompt": "med3dvlm.model.prompt.Prompt",
    "provenance": "med3dvlm.engine.provenance.Provenance",
    "query": ARRAY,
    "query_vector": ARRAY,
    "request": "gradio.Request",
    "rng": "numpy.random.Generator",
    "scan": "med3dvlm.ui.page.session.Scan",
    "seed": "int",
    "seen": "med3dvlm.volumes.grid.ModelInput",
    "session": "med3dvlm.ui.page.session.SessionStates",
    "settings": "med3dvlm.config.Settings",
    "state": "med3dvlm.engine.report.ReportState",
    "status": "med3dvlm.ui.model.status.ModelStatus",
    "switches": "med3dvlm.ui.page.stopping.Switches",
    "tabs": "gradio.Tabs",
    "tokens": "list[med3dvlm.engine.conversation.TokenEvent]",
    "vectors": ARRAY,
    "volume": "med3dvlm.volumes.volume.Volume",
    "window": "med3dvlm.volumes.window.Window",
    "x": "int",
    "y": "int",
    "z": "int",
}
STANDARD = {
    "UTC": "from datetime import UTC",
    "gr": "import gradio as gr",
    "os": "import os",
    "partial": "from functools import partial",
    "sys": "import sys",
}
# Where such a name stands for something else.
OTHERS: dict[str, dict[str, str]] = {
    "med3dvlm.hosting.gate.ownership": {"path": "str", "session": "str"},
    "med3dvlm.model.dcformer": {"volume": "torch.Tensor"},
    "med3dvlm.model.dual_encoder": {"volume": "torch.Tensor"},
    "med3dvlm.model.vlm": {"volume": "torch.Tensor"},
    "med3dvlm.ui.components.viewer.payload": {
        "state": "med3dvlm.ui.components.viewer.state.ViewerState"
    },
}


@dataclass(frozen=True)
class TypedModule:
    """Source with one function for each example, and the module that each line comes from."""

    text: str
    origins: tuple[str, ...]

    def module_at(self, line: int) -> str:
        """Whose example stands in a line, counted from 1."""
        return self.origins[line - 1]


def typed_module(shown: Sequence[Example]) -> TypedModule:
    """A module that mypy can check; the names of all examples must be known."""
    lines = ["# mypy: no-strict-optional, allow-subclassing-any", "from typing import Any"]
    origins = ["", ""]
    types = {kind for kinds in (STAND_INS, *OTHERS.values()) for kind in kinds.values()}
    for package in sorted({word for kind in types for word in _modules_of(kind)}):
        lines.append(f"import {package}")
        origins.append("")
    for number, example in enumerate(shown):
        function = _function(example, number)
        lines += function
        origins += [example.module] * len(function)
    return TypedModule("\n".join(lines) + "\n", tuple(origins))


def unknown_names(example: Example) -> list[str]:
    """Names of an example that mean nothing: misspelt, moved or removed."""
    return [name for name in _ours(example) if not import_of(example, name)]


def _ours(example: Example) -> list[str]:
    """Names that stand for nothing of the reader's: called ones, and those with capitals."""
    called = {
        node.func.id
        for node in ast.walk(ast.parse(example.code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    own = STAND_INS | OTHERS.get(example.module, {})
    return [
        name
        for name in example.needs
        if name not in own and (name in called or name != name.lower())
    ]


def _modules_of(kind: str) -> list[str]:
    """The modules in a type such as `list[pathlib.Path]`."""
    words = kind.replace("]", "").split("[")
    return [word.rpartition(".")[0] for word in words if "." in word]


def _function(example: Example, number: int) -> list[str]:
    imports, arguments = [], [f"{REST}: Any"]
    kinds = STAND_INS | OTHERS.get(example.module, {})
    for name in example.needs:
        found = import_of(example, name)
        if found:
            imports.append(f"    {found}")
        else:
            arguments.append(f"{name}: {kinds.get(name, 'Any')}")
    tree = _AndSoOn().visit(ast.parse(example.code))
    body = [f"    {line}" for line in ast.unparse(tree).splitlines()]
    is_async = any(isinstance(node, ast.Await) for node in ast.walk(tree))
    start = "async def" if is_async else "def"
    return [
        f"{start} example_{number}({', '.join(arguments)}) -> Any:",
        *imports,
        *body,
        "    pass",
    ]


class _AndSoOn(ast.NodeTransformer):
    """`f(x, ...)` and `[x, ...]` may go on with anything, and `f(x=...)` may be anything."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        node.args = [self._rest(part) for part in node.args]
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant) and keyword.value.value is ...:
                keyword.value = ast.Name(REST, ast.Load())
        return node

    def visit_List(self, node: ast.List) -> ast.List:
        self.generic_visit(node)
        node.elts = [self._rest(part) for part in node.elts]
        return node

    def visit_Tuple(self, node: ast.Tuple) -> ast.Tuple:
        self.generic_visit(node)
        node.elts = [self._rest(part) for part in node.elts]
        return node

    @staticmethod
    def _rest(part: ast.expr) -> ast.expr:
        if isinstance(part, ast.Constant) and part.value is ...:
            return ast.Starred(ast.Name(REST, ast.Load()), ast.Load())
        return part


def import_of(example: Example, name: str) -> str:
    """The import that brings a name to an example, if it is one of the project's."""
    here = _names()[example.module].get(name) or STANDARD.get(name)
    if here or name not in _ours(example):
        return here or ""
    homes = [
        home
        for home, names in _names().items()
        if names.get(name, "").startswith(f"from {home} import")
    ]
    package = example.module.rpartition(".")[0]
    homes = homes if len(homes) == 1 else [home for home in homes if home.startswith(package)]
    return f"from {homes[0]} import {name}" if len(homes) == 1 else ""


@cache
def _names() -> dict[str, dict[str, str]]:
    """Of each module, its names at the top and the import of each."""
    modules = {module_name(path): ast.parse(path.read_text()) for path in source_files()}
    return {module: dict(_top(tree.body, module)) for module, tree in modules.items()}


def _top(body: Sequence[ast.stmt], module: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.If):
            yield from _top(node.body, module)
        elif isinstance(node, ast.Import):
            yield from ((n.asname or n.name, f"import {_named(n)}") for n in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                (n.asname or n.name, f"from {node.module} import {_named(n)}") for n in node.names
            )
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, f"from {module} import {node.name}"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id, f"from {module} import {name.id}"


def _named(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name

"""Examples of docstrings that need small inputs alone are run, and say what they claim.

`RUN` lists them. Not run is what needs a page, a server, a model of the hub, a GPU, or minutes of
training; `test_docstrings.py` checks names and types of these, too. A result that stands as a value
behind a call (`token_f1(...)   # 0.8`) is compared where the example needs nothing from outside.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from med3dvlm.engine.engine import load_engine
from tests.docstring_code import Example, examples
from tests.docstring_inputs import inputs_of, make_inputs
from tests.docstring_types import import_of

pytestmark = pytest.mark.slow
RUN = """
choices commands.scans commands.table config engine.cautions engine.dialogue engine.engine
engine.provenance engine.report_files engine.report_pdf engine.sentences
engine.confidence metrics.answers metrics.bertscore metrics.calibration_error metrics.detection
metrics.differences metrics.ranking metrics.resampling metrics.text model.inventory
model.weight_files phantoms.canvas phantoms.case phantoms.facts phantoms.texture retrieval
retrieval.index retrieval.store volumes volumes.formats.archive volumes.formats.array_header
volumes.formats.dicom.codec volumes.formats.dicom.copies volumes.formats.dicom.frame
volumes.formats.dicom.header volumes.formats.dicom.marks volumes.formats.dicom.padding
volumes.formats.dicom.parts volumes.formats.dicom.passes volumes.formats.dicom.pixels
volumes.formats.dicom.reader volumes.formats.dicom.series volumes.formats.dicom.split
volumes.formats.dicom.stack volumes.formats.dicom.writer
volumes.formats.metaimage volumes.formats.nifti volumes.formats.nifti_header volumes.formats.nrrd
volumes.formats.packed volumes.formats.scaling volumes.formats.shear volumes.grid
volumes.hounsfield volumes.limits volumes.orientation volumes.preflight volumes.reader
volumes.series volumes.views.blocks volumes.views.histogram volumes.views.input_view
volumes.views.surface volumes.views.thumbnail volumes.volume volumes.window
"""
RUN_IN_TRAINING = "data.m3d.captions data.m3d.sides plan.counting"
EXAMPLES = {example.module: example for example in examples()}
MODULES = [f"med3dvlm.{name}" for name in RUN.split()]
MODULES += [f"train.{name}" for name in RUN_IN_TRAINING.split()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def inputs(home: Path, random_model: Path) -> dict[str, Any]:
    return make_inputs(home, load_engine(random_model))


@pytest.mark.parametrize("module", MODULES)
def test_an_example_runs(
    module: str, inputs: dict[str, Any], home: Path, random_model: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(home)
    run(EXAMPLES[module], inputs_of(module, inputs | {"folder": tmp_path}, random_model))


def run(example: Example, inputs: dict[str, Any]) -> None:
    """Execute it, statement by statement, and compare results with the values behind them."""
    imports = {name: import_of(example, name) for name in example.needs}
    names = {name: inputs[name] for name in example.needs if not imports[name]}
    claims = {} if names else dict(claimed(example.code))
    exec("\n".join(imports.values()), names)  # noqa: S102
    for statement in ast.parse(example.code).body:
        if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Yield):
            code = compile(ast.Expression(statement.value), example.module, "eval")
            found = eval(code, names)  # noqa: S307
        else:
            exec(compile(ast.Module([statement], []), example.module, "exec"), names)  # noqa: S102
            found = _assigned(statement, names)
        line = statement.end_lineno
        if line in claims:
            assert found == claims[line], f"line {line} of the example"


def claimed(code: str) -> Iterator[tuple[int, Any]]:
    """Lines with a whole value as their comment."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and "..." not in token.string:
            try:
                value = ast.literal_eval(token.string.removeprefix("#").strip())
            except (SyntaxError, ValueError):
                continue  # words
            yield token.start[0], pytest.approx(value, rel=1e-3) if _number(value) else value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _assigned(statement: ast.stmt, names: dict[str, Any]) -> Any:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return names[statement.targets[0].id]
    return None


def test_a_false_claim_is_found() -> None:
    module = "med3dvlm.metrics.answers"
    with pytest.raises(AssertionError, match="line 1"):
        run(Example(module, 'token_f1("a lobe", ["lobe"])   # 0.5', ()), {})
    with pytest.raises(TypeError):
        run(Example(module, 'token_f1("a lobe")', ()), {})
    claims = [value for example in EXAMPLES.values() for _, value in claimed(example.code)]
    assert len(claims) > 10

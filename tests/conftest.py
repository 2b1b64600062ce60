"""For all tests: nothing from the network, the real scans, and a count of what was left out."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.fake_container import FakeContainer

# Before anything imports these libraries; servers that tests start inherit it.
os.environ |= {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "agg",
}

REAL_VOLUMES = Path(__file__).resolve().parents[2] / "shared" / "volumes"


@pytest.fixture(scope="session")
def volumes_folder() -> Path:
    """The folder of real scans; a test that needs it is skipped where it is absent."""
    if not REAL_VOLUMES.is_dir():
        pytest.skip("the real scans of ../shared/volumes are not on this machine")
    return REAL_VOLUMES


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeContainer:
    """Control groups that a test may set limits in; at first there are none."""
    made = FakeContainer(tmp_path / "cgroup", tmp_path / "own_groups")
    monkeypatch.setattr("med3dvlm.model.host_memory.CONTROL_GROUPS", made.groups)
    monkeypatch.setattr("med3dvlm.model.host_memory.OWN_GROUPS", made.own)
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the number of tests left out, and one for each reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    terminalreporter.write_line(f"left out on this machine: {len(skipped)} tests")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"  {count} x {reason}")


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `vlm` and `dual_encoder` of random weights, quick to load and to run."""
    from tests.engine_maker import make_checkpoints  # brings torch and transformers

    return make_checkpoints(tmp_path_factory.mktemp("random_model"))

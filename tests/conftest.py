"""For all tests: no network, the real scans, a count of what was left out, and who runs what."""

import os
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import settings

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

# A busy machine may take a second for what an idle one does in a millisecond.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Folders that take longest, each in one of the workers from start to end: their tests share apps,
# trained stages and models. The longest begin, so that no worker waits for the other at the end.
LONGEST = (
    "tests/ui/browser",
    "tests/train/recipes",
    "tests/train/release",
    "tests/ui/components",
    "tests/ui",
    "tests/train/evaluation",
    "tests/train/stages",
)
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


def together(nodeid: str) -> str:
    """What a test must share a worker with: one of the longest folders, or its own folder."""
    folder = PurePosixPath(nodeid.partition("::")[0]).parent
    return next((f for f in LONGEST if folder.is_relative_to(f)), folder.as_posix())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order in which workers take folders; one process keeps the order of the files.

    A browser test that fails is tried once more, and the summary names it as RERUN: a browser
    waits for two other processes of a busy machine. What fails twice fails.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if hasattr(config, "workerinput"):
        places = {folder: place for place, folder in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(together(item.nodeid), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deals out whole folders to workers (`-n 2`)."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False
    return ByFolder(config, log)


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

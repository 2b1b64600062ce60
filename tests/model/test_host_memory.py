"""What this process may still take, on a machine and in containers of both kinds."""

import subprocess
import sys

import psutil
import pytest

from med3dvlm.model.host_memory import available_host_bytes
from tests.fake_container import FakeContainer

MEBI = 2**20
NEAR = 256 * MEBI  # other programs come and go between two readings


def test_without_control_groups_the_machine_counts(container: FakeContainer) -> None:
    assert not container.groups.exists()
    assert available_host_bytes() == pytest.approx(psutil.virtual_memory().available, abs=NEAR)


@pytest.mark.parametrize("version", [1, 2])
def test_a_limit_counts_less_what_is_used_and_not_what_is_cached(
    container: FakeContainer, version: int
) -> None:
    container.leaves(70 * MEBI, version=version)
    assert available_host_bytes() == 70 * MEBI


@pytest.mark.parametrize("version", [1, 2])
def test_the_narrowest_group_around_the_process_counts(
    container: FakeContainer, version: int
) -> None:
    """A systemd unit limits its own group, or the slice around it, and not the top."""
    container.holds_this_process("unit.slice/app.service", version=version)
    container.leaves(90 * MEBI, group="unit.slice", version=version)
    assert available_host_bytes() == 90 * MEBI
    container.leaves(80 * MEBI, group="unit.slice/app.service", version=version)
    assert available_host_bytes() == 80 * MEBI
    container.leaves(10 * MEBI, group="other.slice", version=version)
    assert available_host_bytes() == 80 * MEBI


def test_a_group_without_a_limit_changes_nothing(container: FakeContainer) -> None:
    container.leaves(70 * MEBI)
    (container.groups / "memory.max").write_text("max\n")
    assert available_host_bytes() > 70 * MEBI


def test_a_group_that_is_over_its_limit_leaves_nothing(container: FakeContainer) -> None:
    container.leaves(-90 * MEBI)
    assert available_host_bytes() == 0


def test_asking_does_not_bring_the_models_libraries() -> None:
    """The page asks before it opens, and importing torch takes seconds."""
    asked = (
        "import sys\n"
        "from med3dvlm.hosting.operations.memory import budget_bytes\n"
        "assert budget_bytes(0) > 0\n"
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", asked], text=True).strip() == "False"

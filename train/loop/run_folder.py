"""What the loop writes into a run's folder: resumable states and the log of losses.

begin(accelerator, out)
save(accelerator, out, step)          # an interrupted write leaves the previous state intact
start = restore(accelerator, out)
"""

import json
import shutil
from pathlib import Path

from accelerate import Accelerator

from med3dvlm.errors import TrainingError

FIGURES, LOG = "figures.json", "log.jsonl"


def begin(accelerator: Accelerator, out: Path) -> None:
    """Create the folder of a new run, without states and with an empty log."""
    if accelerator.is_main_process:
        out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(out / "state", ignore_errors=True)
        (out / LOG).unlink(missing_ok=True)
    accelerator.wait_for_everyone()


def save(accelerator: Accelerator, out: Path, step: int) -> None:
    """Write a resumable state; an interrupted write leaves the previous one intact."""
    fresh = out / "state.new"
    accelerator.save_state(str(fresh))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        (fresh / "step.json").write_text(json.dumps({"step": step}))
        shutil.rmtree(out / "state.old", ignore_errors=True)
        if (out / "state").exists():
            (out / "state").replace(out / "state.old")
        fresh.replace(out / "state")
        shutil.rmtree(out / "state.old", ignore_errors=True)
    accelerator.wait_for_everyone()


def restore(accelerator: Accelerator, out: Path) -> int:
    """Load the last state; returns the step to continue with.

    Raises:
        TrainingError: there is none.
    """
    state = out / "state" if (out / "state").exists() else out / "state.old"
    if not state.exists():
        raise TrainingError(f"{out} has no saved state to resume from")
    accelerator.load_state(str(state))
    step: int = json.loads((state / "step.json").read_text())["step"]
    return step


def has_state(out: Path) -> bool:
    """Whether there is a state to resume from."""
    return (out / "state").exists() or (out / "state.old").exists()


def note(out: Path, step: int, values: dict[str, float]) -> None:
    """Append a line to the loss log."""
    with (out / LOG).open("a") as stream:
        stream.write(json.dumps({"step": step, **values}) + "\n")

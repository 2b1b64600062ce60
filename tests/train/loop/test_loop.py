"""The loop on a toy stage: what is saved, resumed and reported."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from med3dvlm.errors import TrainingError
from train.loop.averaging import Averaged
from train.loop.loop import Batch, Losses, Schedule, Stage, batches, rows_of, run

SCHEDULE = Schedule(
    steps=9, batch=4, learning_rate=0.05, weight_decay=0.05, clip=5.0, save_every=3,
    evaluate_every=4, log_every=2,
)  # fmt: skip
ROWS = 10


class Toy(nn.Module):
    """Learns a line through noise, with dropout so that random states matter."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.Linear(8, 1))

    def forward(self, batch: Batch) -> Losses:
        error = self.inner(batch["x"])[:, 0] - batch["y"]
        return {"loss": error.square().mean(), "bias": self.inner[2].bias.sum()}


class KilledError(Exception):
    """The power went off."""


def toy(
    *, dies_at: int | None = None, loss: float = 1.0, evaluated: list[int] | None = None
) -> Stage:
    def batch(step: int, rows: NDArray[np.int64]) -> Batch:
        if step == dies_at:
            raise KilledError
        x = torch.stack([torch.full((3,), float(row)).cos() + row / 9 for row in rows])
        return {"x": x, "y": loss * torch.from_numpy(rows).float() / ROWS}

    def evaluate(model: nn.Module) -> dict[str, float]:
        assert not model.training
        if evaluated is not None:
            evaluated.append(1)
        return {"weight": float(next(model.parameters()).sum())}

    def finish(model: nn.Module, out: Path) -> None:
        save_file(model.state_dict(), out / "toy.safetensors")

    return Stage(name="toy", build=Toy, rows=ROWS, batch=batch, evaluate=evaluate, finish=finish)


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "toy.safetensors")


@pytest.mark.parametrize("dies_at", [4, 6, 8])
def test_a_killed_run_ends_in_the_same_weights_to_the_bit(tmp_path: Path, dies_at: int) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    figures = run(toy(), SCHEDULE, out=straight)
    with pytest.raises(KilledError):
        run(toy(dies_at=dies_at), SCHEDULE, out=killed)
    assert not (killed / "toy.safetensors").exists()
    assert run(toy(), SCHEDULE, out=killed, resume=True) == figures
    for name, tensor in weights(straight).items():
        assert torch.equal(tensor, weights(killed)[name]), name


def test_killed_between_the_last_state_and_the_result(tmp_path: Path) -> None:
    """Nothing was left to learn, so nothing was evaluated either, and the figures were empty."""
    figures = run(toy(), SCHEDULE, out=tmp_path)
    (tmp_path / "toy.safetensors").unlink()
    evaluated: list[int] = []
    assert run(toy(evaluated=evaluated), SCHEDULE, out=tmp_path, resume=True) == figures
    assert evaluated == [1]


def test_a_write_that_was_cut_short_leaves_the_state_before_it(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        run(toy(dies_at=7), SCHEDULE, out=tmp_path)
    (tmp_path / "state").rename(tmp_path / "state.old")
    (tmp_path / "state.new").mkdir()
    run(toy(), SCHEDULE, out=tmp_path, resume=True)
    assert (tmp_path / "toy.safetensors").exists()


def test_figures_and_state_lie_beside_the_result(tmp_path: Path) -> None:
    figures = run(toy(), SCHEDULE, out=tmp_path)
    assert json.loads((tmp_path / "figures.json").read_text()) == figures
    assert json.loads((tmp_path / "state" / "step.json").read_text()) == {"step": 9}


def test_losses_speed_and_held_out_figures_are_logged(tmp_path: Path) -> None:
    evaluated: list[int] = []
    run(toy(evaluated=evaluated), SCHEDULE, out=tmp_path)
    assert len(evaluated) == 3, "after steps 4, 8 and the last"
    events = EventAccumulator(str(tmp_path / "toy"))
    events.Reload()
    assert [scalar.step for scalar in events.Scalars("loss")] == [1, 3, 5, 7]
    assert all(scalar.value > 0 for scalar in events.Scalars("samples_per_second"))
    assert {"bias", "held_out/weight"} <= set(events.Tags()["scalars"])


def test_it_learns(tmp_path: Path) -> None:
    schedule = Schedule(steps=60, batch=10, learning_rate=0.03, log_every=1)
    run(toy(), schedule, out=tmp_path)
    events = EventAccumulator(str(tmp_path / "toy"))
    events.Reload()
    losses = [scalar.value for scalar in events.Scalars("loss")]
    assert np.mean(losses[-10:]) < 0.3 * losses[0]


def test_what_left_no_state_can_not_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        run(toy(dies_at=1), SCHEDULE, out=tmp_path)
    with pytest.raises(TrainingError, match="no saved state"):
        run(toy(), SCHEDULE, out=tmp_path, resume=True)


def test_epochs_become_steps_by_the_rows_of_the_data(tmp_path: Path) -> None:
    schedule = replace(SCHEDULE, steps=0, epochs=2)
    assert schedule.over(ROWS).steps == 5
    assert replace(schedule, steps=3).over(ROWS).steps == 3
    run(toy(), schedule, out=tmp_path)
    assert json.loads((tmp_path / "state" / "step.json").read_text()) == {"step": 5}


def test_pieces_make_the_same_step_as_the_whole(tmp_path: Path) -> None:
    """Pieces with unequal weight, as answers with unequal numbers of tokens."""

    class Plain(Toy):
        def __init__(self) -> None:
            super().__init__()
            self.inner[1].p = 0.0

        def forward(self, batch: Batch) -> Losses:
            error = (self.inner(batch["x"])[:, 0] - batch["y"]).square()
            return {"loss": (error * batch["weight"]).sum() / batch["weight"].sum()}

    def weighted(step: int, rows: NDArray[np.int64]) -> Batch:
        return toy().batch(step, rows) | {"weight": torch.from_numpy(1.0 + rows).float()}

    stage = replace(
        toy(), build=Plain, batch=weighted, weigh=lambda piece: float(piece["weight"].sum())
    )
    for pieces in (1, 2, 4):
        run(stage, replace(SCHEDULE, accumulate=pieces), out=tmp_path / str(pieces))
    for pieces in ("2", "4"):
        for name, tensor in weights(tmp_path / "1").items():
            torch.testing.assert_close(weights(tmp_path / pieces)[name], tensor, msg=name)
    with pytest.raises(TrainingError, match="can't be cut"):
        run(stage, replace(SCHEDULE, accumulate=3), out=tmp_path / "3")


def test_a_step_is_made_of_its_last_piece_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DeepSpeed steps within `backward` wherever accelerate says that gradients are complete."""
    complete, backward = [], Accelerator.backward

    def noting(accelerator: Accelerator, loss: torch.Tensor) -> None:
        complete.append(accelerator.sync_gradients)
        backward(accelerator, loss)

    monkeypatch.setattr(Accelerator, "backward", noting)
    run(toy(), replace(SCHEDULE, accumulate=4), out=tmp_path)
    assert complete == [False, False, False, True] * SCHEDULE.steps


def test_the_average_of_the_weights_is_written_and_resumed(tmp_path: Path) -> None:
    averaged = replace(SCHEDULE, ema=0.9)
    run(toy(), averaged, out=tmp_path / "straight")
    with pytest.raises(KilledError):
        run(toy(dies_at=7), averaged, out=tmp_path / "killed")
    run(toy(), averaged, out=tmp_path / "killed", resume=True)
    run(toy(), SCHEDULE, out=tmp_path / "plain")
    for name, tensor in weights(tmp_path / "straight").items():
        assert torch.equal(tensor, weights(tmp_path / "killed")[name]), name
        assert not torch.equal(tensor, weights(tmp_path / "plain")[name]), name


def test_an_average_follows_its_definition() -> None:
    parameter = nn.Parameter(torch.zeros(2))
    averaged, expected = Averaged([parameter], decay=0.5), torch.zeros(2)
    for step in range(1, 30):
        parameter.data += step
        averaged.update()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * parameter.data
    present = parameter.data.clone()
    with averaged.in_place():
        torch.testing.assert_close(parameter.data, expected)
    assert torch.equal(parameter.data, present)


def test_a_run_without_progress_ends_with_its_best_weights(tmp_path: Path) -> None:
    told = iter([3.0, 1.0, 2.0, 1.5, 9.0, 9.0])
    seen: list[torch.Tensor] = []

    def evaluate(model: nn.Module) -> dict[str, float]:
        seen.append(next(model.parameters()).detach().clone())
        return {"held": next(told)}

    schedule = replace(SCHEDULE, evaluate_every=1, patience=2)
    stage = replace(toy(), evaluate=evaluate, watch="held")
    figures = run(stage, schedule, out=tmp_path)
    assert figures == {"held": 1.0}
    assert len(seen) == 4, "the second was the best, two more were waited for"
    assert torch.equal(weights(tmp_path)["inner.0.weight"], seen[1])
    with pytest.raises(TrainingError, match="watches 'other'"):
        run(replace(toy(), watch="other"), schedule, out=tmp_path / "other")


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="toy: the loss is nan at step 1"):
        run(toy(loss=float("nan")), SCHEDULE, out=tmp_path)


def test_a_pace_of_zero_freezes_and_no_decay_touches_vectors(tmp_path: Path) -> None:
    torch.manual_seed(SCHEDULE.seed)
    stage = toy()
    frozen = Stage(
        name="toy", build=stage.build, rows=ROWS, batch=stage.batch, evaluate=stage.evaluate,
        finish=stage.finish, pace=lambda name: 0.0 if name.startswith("inner.0") else 2.0,
    )  # fmt: skip
    run(frozen, SCHEDULE, out=tmp_path / "frozen")
    run(stage, SCHEDULE, out=tmp_path / "free")
    torch.manual_seed(SCHEDULE.seed)
    fresh = Toy().state_dict()
    kept, moved = weights(tmp_path / "frozen"), weights(tmp_path / "free")
    assert torch.equal(kept["inner.0.weight"], fresh["inner.0.weight"])
    assert not torch.equal(moved["inner.0.weight"], fresh["inner.0.weight"])
    assert not torch.equal(kept["inner.2.weight"], fresh["inner.2.weight"])


def test_a_stage_that_learns_nothing_is_refused(tmp_path: Path) -> None:
    stage = toy()
    still = Stage(
        name="toy", build=stage.build, rows=ROWS, batch=stage.batch, evaluate=stage.evaluate,
        finish=stage.finish, pace=lambda _: 0.0,
    )  # fmt: skip
    with pytest.raises(TrainingError, match="no parameter is left"):
        run(still, SCHEDULE, out=tmp_path)


def test_every_epoch_is_a_permutation_of_the_rows() -> None:
    rows = np.concatenate([rows_of(step, ROWS, SCHEDULE) for step in range(5)])
    assert sorted(rows[:ROWS]) == sorted(rows[ROWS:]) == list(range(ROWS))
    assert rows[:ROWS].tolist() != rows[ROWS:].tolist()


def test_the_rate_warms_up_and_falls_to_a_hundredth() -> None:
    schedule = Schedule(steps=100, batch=1, learning_rate=1, warmup=0.1)
    scales = [schedule.scale(step) for step in range(100)]
    assert scales[0] == pytest.approx(0.1)
    assert scales[9] == 1
    assert scales[10:] == sorted(scales[10:], reverse=True)
    assert scales[-1] == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize(
    "wrong",
    [{"steps": 0}, {"epochs": -1}, {"batch": 0}, {"warmup": 1.0}, {"accumulate": 0}, {"ema": 1.0}],
)
def test_impossible_schedules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(TrainingError):
        Schedule(**{"steps": 1, "batch": 1, "learning_rate": 1.0} | wrong)


def test_rows_are_taken_in_order_for_evaluation() -> None:
    assert list(batches(5, 2)) == [[0, 1], [2, 3], [4]]

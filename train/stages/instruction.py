"""Stage 3: projector and language model learn to answer together."""

from pathlib import Path

from torch import nn

from med3dvlm.model.checkpoint import InputSpec, ModelInfo, save_vlm
from train.data.phantoms.encoded import open_data
from train.loop.loop import Stage
from train.stages import answering
from train.stages.answering import Answering, AnsweringConfig


def stage(config: AnsweringConfig, *, spec: InputSpec, info: ModelInfo) -> Stage:
    """Stage 3 as a stage of the loop; its result is the VLM as a checkpoint folder."""
    data, encoder = open_data(config)

    def finish(learner: nn.Module, out: Path) -> None:
        assert isinstance(learner, Answering)
        answering.save(learner, out)
        save_vlm(out / "vlm", learner.model, data.prompt, spec=spec, info=info)

    return Stage(
        name="instruction",
        build=lambda: answering.build(config, encoder),
        rows=len(data.drawn),
        batch=data.batch,
        evaluate=data.evaluate,
        finish=finish,
        pace=pace,
    )


def pace(name: str) -> float:
    """Encoder and fact tokens stay; the projector learns faster than the language model."""
    if name.startswith(("model.encoder.", "facts.")):
        return 0.0
    return 1.5 if name.startswith(("model.projector.", "readouts.")) else 1.0

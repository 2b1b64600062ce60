"""Stage 2: the projector learns to say in image tokens what the language model can read.

The encoder and the language model stay as they are. With labels the projector first learns the
readouts alone, which costs almost nothing, then both.
"""

from train.data.phantoms.encoded import open_data
from train.loop.loop import Stage
from train.stages import answering
from train.stages.answering import AnsweringConfig, AnsweringData


def stage(config: AnsweringConfig) -> Stage:
    """Stage 2 as a stage of the loop."""
    data, encoder = open_data(config)
    return Stage(
        name="alignment",
        build=lambda: answering.build(config, encoder),
        rows=len(data.drawn),
        batch=data.batch,
        evaluate=data.evaluate,
        finish=answering.save,
        pace=pace,
    )


def pace(name: str) -> float:
    """Only the projector and the readouts learn."""
    return 1.0 if name.startswith(("model.projector.", "readouts.")) else 0.0


__all__ = ["AnsweringConfig", "AnsweringData", "stage"]

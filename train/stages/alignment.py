"""Stage 2: the projector learns to write image tokens that the language model can read.

    stage(config, source, run=Path("runs/m3d"))

It starts from the encoder of stage 1, a new projector, and a pretrained language model. If the data
has labels, the projector first trains on the readouts alone, which is cheap, and then on both.
"""

from pathlib import Path

from train.data.sources import TalkSource
from train.loop.stage import Stage
from train.stages.answering import Answering, answering_stage
from train.stages.assembly import Assembly
from train.stages.config import AnsweringConfig


def stage(config: AnsweringConfig, source: TalkSource, *, run: Path) -> Stage:
    """Stage 2 as a stage of the loop; its result is the trained weights."""
    assembly = Assembly(config, source.corpus, run=run)

    def build() -> Answering:
        model = assembly.prepared(assembly.base())
        return Answering(model, config, assembly.readouts())

    return answering_stage(assembly, source, build)

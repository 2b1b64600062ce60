"""Stage 3: projector and language model learn to answer together.

    stage(config, source, run=Path("runs/m3d"))

It continues from the result of stage 2. A full-size language model trains through adapters (LoRA),
a small one as a whole.
"""

from pathlib import Path

from train.data.sources import TalkSource
from train.loop.stage import Stage
from train.stages.answering import Answering, answering_stage
from train.stages.assembly import Assembly, load_learned
from train.stages.config import AnsweringConfig


def stage(config: AnsweringConfig, source: TalkSource, *, run: Path) -> Stage:
    """Stage 3 as a stage of the loop; its result is the trained weights."""
    assembly = Assembly(config, source.corpus, run=run)
    before = run / "alignment"

    def build() -> Answering:
        model = assembly.base()
        load_learned(model, before)
        model = assembly.prepared(model)
        readouts = assembly.readouts()
        if readouts is not None:
            readouts.load(before)
        return Answering(model, config, readouts)

    return answering_stage(assembly, source, build)

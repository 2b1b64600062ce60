"""Which function runs which experiment.

for progress in run(bench, scene): ...     # shares of the way, and at last a `Revealed`
"""

from collections.abc import Callable

from med3dvlm.lessons.scenes import Scene
from med3dvlm.ui.learn.experiments import asking, placing, seeing, sizes
from med3dvlm.ui.learn.experiments.bench import Bench, Running

RUNS: dict[str, Callable[[Bench, Scene], Running]] = {
    "voxel": seeing.voxel,
    "stem": seeing.stem,
    "changed": asking.changed,
    "side": asking.side,
    "sure": asking.sure,
    "agreement": asking.agreement,
    "familiar": seeing.familiar,
    "look": placing.look,
    "find": placing.find,
    "certificate": placing.certificate,
    "threshold": sizes.threshold,
    "curve": sizes.curve,
    "leading": asking.leading,
    "chain": asking.chain,
    "loss": asking.loss,
    "matrix": seeing.matrix,
    "written": asking.written,
}


def run(bench: Bench, scene: Scene) -> Running:
    """Run a step's experiment."""
    return RUNS[scene.step.experiment](bench, scene)

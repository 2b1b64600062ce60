"""Med3DVLM: see, ask and search 3D medical scans with a vision-language model.

    import med3dvlm
    scan = med3dvlm.open_volume("scan.nii.gz")
    model = med3dvlm.open_model()
    print(model.ask(scan, "Is there a kidney stone?"))

These names stay as they are between versions; docs/python.md shows each in use. What they need is
imported when they are first used: torch not before a model is opened.
"""

from typing import TYPE_CHECKING, Any

from med3dvlm.errors import Med3DVLMError
from med3dvlm.version import __version__

if TYPE_CHECKING:
    from med3dvlm.explain.lab.curves import Detectability
    from med3dvlm.explain.lab.trials import ScanTrial, TrialResult
    from med3dvlm.scripting.answer import Answer
    from med3dvlm.scripting.explanation import Explanation
    from med3dvlm.scripting.lab import Perturbation
    from med3dvlm.scripting.model import Model, SearchHit, open_model
    from med3dvlm.scripting.phantom import draw_phantom
    from med3dvlm.scripting.report import Report
    from med3dvlm.volumes import Volume, list_series, open_volume
    from med3dvlm.volumes.labels.label_map import LabelMap
    from med3dvlm.volumes.labels.reader import open_labels
else:

    def __getattr__(name: str) -> Any:
        """Import what stands behind a name of `__all__`."""
        if name in ("Volume", "list_series", "open_volume"):
            from med3dvlm import volumes

            return getattr(volumes, name)
        if name in ("LabelMap", "open_labels"):
            from med3dvlm.volumes.labels import reader

            return getattr(reader, name)
        if name == "draw_phantom":
            from med3dvlm.scripting.phantom import draw_phantom

            return draw_phantom
        if name in __all__:
            from med3dvlm.scripting import model

            return getattr(model, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """What completion offers, also before it is imported."""
        return sorted({*globals(), *__all__})


__all__ = [
    "Answer", "Detectability", "Explanation", "LabelMap", "Med3DVLMError", "Model",
    "Perturbation", "Report", "ScanTrial", "SearchHit", "TrialResult", "Volume", "__version__",
    "draw_phantom", "list_series", "open_labels", "open_model", "open_volume",
]  # fmt: skip

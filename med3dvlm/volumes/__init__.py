"""Files to canonical voxels: reading, orientation, windows, and the way to the model's grid.

from med3dvlm.volumes import open_volume
volume = open_volume(path)
"""

from typing import TYPE_CHECKING, Any

from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.series import SeriesInfo
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

if TYPE_CHECKING:
    from med3dvlm.volumes.reader import list_series, open_volume
else:

    def __getattr__(name: str) -> Any:
        """Reading brings the libraries of all formats; training on ready data needs none."""
        if name in ("list_series", "open_volume"):
            from med3dvlm.volumes import reader

            return getattr(reader, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Limits", "SeriesInfo", "Volume", "Window", "list_series", "open_volume"]

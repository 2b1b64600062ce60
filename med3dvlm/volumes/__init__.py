"""Files to canonical voxels: reading, orientation, windows, and the way to the model's grid.

from med3dvlm.volumes import open_volume
volume = open_volume(path)
"""

from med3dvlm.volumes.limits import Limits
from med3dvlm.volumes.reader import list_series, open_volume
from med3dvlm.volumes.series import SeriesInfo
from med3dvlm.volumes.volume import Volume
from med3dvlm.volumes.window import Window

__all__ = ["Limits", "SeriesInfo", "Volume", "Window", "list_series", "open_volume"]

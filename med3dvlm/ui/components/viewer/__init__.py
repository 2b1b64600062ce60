"""The viewer: three linked planes of a volume in the browser, fed by file and not by value.

viewer = VolumeViewer(elem_id="viewer")
load.click(open_it, path, viewer)      # open_it returns ViewerState(volume=volume)
viewer.select(told, None, place)       # told(event: gr.SelectData): event.index is [z, y, x]
"""

from med3dvlm.ui.components.viewer.component import VolumeViewer
from med3dvlm.ui.components.viewer.state import (
    DIVERGING,
    HEAT,
    MARK,
    ColourMap,
    Overlay,
    ViewerState,
)

__all__ = ["DIVERGING", "HEAT", "MARK", "ColourMap", "Overlay", "ViewerState", "VolumeViewer"]

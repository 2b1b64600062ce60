"""Med3DVLM: see, ask and search 3D medical scans with a vision-language model."""

from med3dvlm.version import __version__

__all__ = ["__version__"]

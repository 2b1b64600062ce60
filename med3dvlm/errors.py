"""Errors for the user: each message says what is wrong, where, and what the user can do.

Every error that a user can cause derives from `Med3DVLMError`; the page shows its text unchanged.
"""

import errno

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class Med3DVLMError(Exception):
    """Something the user or operator can fix; the message says how."""


class ConfigError(Med3DVLMError):
    """A setting or configuration value is wrong or unknown."""


class VolumeError(Med3DVLMError):
    """A scan can't be read, or not without guessing."""


class NoScanError(VolumeError):
    """There is no scan, only files of other kinds."""


class CheckpointError(Med3DVLMError):
    """A checkpoint folder is missing, incomplete or of another kind."""


class PromptError(Med3DVLMError):
    """The model can't be asked this question."""


class LibraryError(Med3DVLMError):
    """The library of volumes can't be opened or changed."""


class OtherModelError(LibraryError):
    """The library is sound, but its vectors were made by another model."""


class TrainingError(Med3DVLMError):
    """A training run can't start or continue."""


def is_disk_full(error: BaseException) -> bool:
    """Whether something failed because a disk, or the user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in DISK_FULL

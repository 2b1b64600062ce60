"""Errors with an addressee: each message says what is wrong, where, and what the user can do.

Everything a user can cause derives from `Med3DVLMError`; the page shows its text as it stands.
"""


class Med3DVLMError(Exception):
    """Something the user or operator can mend; the message says how."""


class ConfigError(Med3DVLMError):
    """A setting or configuration value is wrong or unknown."""


class VolumeError(Med3DVLMError):
    """A scan can't be read, or can't be read without guessing."""


class CheckpointError(Med3DVLMError):
    """A checkpoint folder is missing, incomplete or of another kind."""


class PromptError(Med3DVLMError):
    """A question can't be put to the model."""


class LibraryError(Med3DVLMError):
    """The library of volumes can't be opened or changed."""


class OtherModelError(LibraryError):
    """The library is sound, but its vectors were made by another model."""


class TrainingError(Med3DVLMError):
    """A training run can't start or go on."""

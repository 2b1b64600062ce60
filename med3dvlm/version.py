"""The only place where the version is set."""

__version__ = "0.1.0"

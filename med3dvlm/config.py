"""Settings of the app, from environment variables, as one frozen and validated value.

settings = settings_from(os.environ)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DEFAULT_MODEL = ASSETS / "default_model"
EMBEDDED = "embedded"
# Bounds on what a visitor may upload and open.
BOUNDS = ("max_upload_mb", "max_unpacked_mb", "max_voxels", "max_files", "max_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the app runs.

    Attributes:
        model: `embedded`, or a folder with `vlm` and `dual_encoder`.
        device: `auto`, `cpu` or `cuda`.
        library: folder for libraries built for other models; None takes a temporary one.
        max_upload_mb: largest file a visitor may upload.
        max_unpacked_mb: what archives and packed files of an upload may grow to.
        max_voxels: largest volume that is opened.
        max_files: files of one upload, folder or archive.
        max_seconds: how long opening an upload may take.
        threads: CPU threads of the model; 0 leaves torch's choice.
    """

    model: str = EMBEDDED
    device: str = "auto"
    library: Path | None = None
    max_upload_mb: int = 1024
    max_unpacked_mb: int = 4096
    max_voxels: int = 600_000_000
    max_files: int = 20_000
    max_seconds: int = 120
    threads: int = 0
    assets: Path = field(default=ASSETS)

    def __post_init__(self) -> None:
        if self.device not in {"auto", "cpu", "cuda"}:
            raise ConfigError(f"device must be auto, cpu or cuda, got {self.device!r}")
        for name in BOUNDS:
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.threads < 0:
            raise ConfigError(f"threads must not be negative, got {self.threads}")

    @property
    def model_folder(self) -> Path:
        """Where the checkpoint lies."""
        if self.model == EMBEDDED:
            return self.assets / DEFAULT_MODEL.name
        return Path(self.model).expanduser()


PREFIX = "MED3DVLM_"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read MED3DVLM_MODEL, _DEVICE, _LIBRARY, _THREADS and the bounds on uploads.

    Raises:
        ConfigError: a value can't be used, or a MED3DVLM_ variable is unknown.
    """
    known = {"MODEL", "DEVICE", "LIBRARY", "THREADS", *(name.upper() for name in BOUNDS)}
    given = {
        name.removeprefix(PREFIX): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value
    }
    unknown = sorted(set(given) - known)
    if unknown:
        raise ConfigError(
            f"unknown setting {PREFIX}{unknown[0]}; known are "
            f"{', '.join(PREFIX + name for name in sorted(known))}"
        )
    defaults = Settings()
    bounds: dict[str, Any] = {
        name: _number(given, name.upper(), getattr(defaults, name)) for name in BOUNDS
    }
    chosen = Settings(
        model=given.get("MODEL", defaults.model),
        device=given.get("DEVICE", defaults.device),
        library=Path(given["LIBRARY"]) if "LIBRARY" in given else None,
        threads=_number(given, "THREADS", defaults.threads),
    )
    return replace(chosen, **bounds)


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    if name not in given:
        return default
    try:
        return int(given[name])
    except ValueError:
        raise ConfigError(f"{PREFIX}{name} must be a whole number, got {given[name]!r}") from None

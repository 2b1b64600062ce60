"""Settings of the app, from environment variables, as one frozen and validated value.

settings = settings_from(os.environ)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from med3dvlm.errors import ConfigError

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DEFAULT_MODEL = ASSETS / "default_model"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the app runs.

    Attributes:
        model: `embedded`, or a folder with `vlm` and `dual_encoder`.
        device: `auto`, `cpu` or `cuda`.
        library: folder for libraries built for other models; None takes a temporary one.
        max_upload_mb: largest file a visitor may upload.
        threads: CPU threads of the model; 0 leaves torch's choice.
    """

    model: str = EMBEDDED
    device: str = "auto"
    library: Path | None = None
    max_upload_mb: int = 1024
    threads: int = 0
    assets: Path = field(default=ASSETS)

    def __post_init__(self) -> None:
        if self.device not in {"auto", "cpu", "cuda"}:
            raise ConfigError(f"device must be auto, cpu or cuda, got {self.device!r}")
        if self.max_upload_mb < 1:
            raise ConfigError(f"max_upload_mb must be at least 1, got {self.max_upload_mb}")
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
    """Read MED3DVLM_MODEL, _DEVICE, _LIBRARY, _MAX_UPLOAD_MB and _THREADS.

    Raises:
        ConfigError: a value can't be used, or a MED3DVLM_ variable is unknown.
    """
    known = {"MODEL", "DEVICE", "LIBRARY", "MAX_UPLOAD_MB", "THREADS"}
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
    return Settings(
        model=given.get("MODEL", defaults.model),
        device=given.get("DEVICE", defaults.device),
        library=Path(given["LIBRARY"]) if "LIBRARY" in given else None,
        max_upload_mb=_number(given, "MAX_UPLOAD_MB", defaults.max_upload_mb),
        threads=_number(given, "THREADS", defaults.threads),
    )


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    if name not in given:
        return default
    try:
        return int(given[name])
    except ValueError:
        raise ConfigError(f"{PREFIX}{name} must be a whole number, got {given[name]!r}") from None

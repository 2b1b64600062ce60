"""Settings of the app, read from environment variables into one frozen, validated value.

    settings = settings_from(os.environ)
    print(*table_of(settings), sep="\\n")        # what `python app.py --show-config` prints

To add a setting, add a field here with `setting(...)` and a line to docs/settings.md; nothing else.
"""

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from med3dvlm.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent


def assets_of(package: Path) -> Path:
    """The folder of models and examples: within an installed package, beside one of a checkout."""
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"


ASSETS = assets_of(PACKAGE)
DEFAULT_MODEL = ASSETS / "default_model"
# All within a model's folder.
VLM_FOLDER, DUAL_ENCODER_FOLDER, READER_FOLDER = "vlm", "dual_encoder", "reader"
EMBEDDED = "embedded"
JOINED = "+"  # joins the names of a vision-language model and its dual encoder
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8", "nf4")
PREFIX = "MED3DVLM_"
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def setting(
    default: Any, meaning: str, *, least: int | None = None, choices: tuple[str, ...] = ()
) -> Any:
    """A field set by a variable; numbers are at least `least`, words are one of `choices`."""
    return field(default=default, metadata={"meaning": meaning, "least": least, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the app runs; each field except `assets` is a variable MED3DVLM_<NAME>."""

    model: str = setting(EMBEDDED, "embedded, folder or hub name, or VLM+DUAL; several with commas")
    precision: str = setting("auto", "precision of the weights; auto takes the best that fits",
                             choices=PRECISIONS)  # fmt: skip
    device: str = setting("auto", "where models run", choices=("auto", "cpu", "cuda"))
    fallback: bool = setting(
        default=False, meaning="use the embedded model if another can't be loaded"
    )
    library: Path | None = setting(None, "folder for libraries built for other models")
    libraries: str = setting("", "further libraries to search: NAME=PLACE, separated by semicolons")
    scans: str = setting("", "their scans, so that hits can be opened: NAME=FOLDER, semicolons")
    threads: int = setting(0, "CPU threads of the model; 0 keeps torch's default", least=0)
    prefix_mb: int = setting(256, "size of the prompt cache; 0 disables it", least=0)
    # Limits on what a visitor may upload and open.
    max_upload_mb: int = setting(1024, "largest upload, all its files together", least=1)
    max_unpacked_mb: int = setting(4096, "largest unpacked size of an upload", least=1)
    max_voxels: int = setting(600_000_000, "largest volume that can be opened", least=1)
    max_files: int = setting(20_000, "most files in an upload, folder or archive", least=1)
    max_seconds: int = setting(120, "time limit for opening an upload", least=1)
    # Many visitors.
    at_once: int = setting(5, "visitors served by the model at the same time", least=1)
    waiting: int = setting(64, "longest queue of requests", least=1)
    per_visitor: int = setting(3, "requests per visitor, running and waiting", least=1)
    pages: int = setting(1000, "pages open at the same time, of all visitors", least=1)
    pages_of_address: int = setting(200, "pages open at the same time from one address", least=1)
    connections_of_address: int = setting(1500, "connections of one address", least=1)
    requests_of_address: int = setting(200, "requests a second from one address", least=1)
    work_of_address: int = setting(
        25, "percent of a processor for one address's requests, while there are others", least=1
    )
    memory_mb: int = setting(0, "memory for open scans; 0 takes half of the free memory", least=0)
    disk_mb: int = setting(0, "disk for uploads; 0 takes half of the free disk", least=0)
    grace_seconds: int = setting(30, "time for running answers to finish at shutdown", least=0)
    forget_seconds: int = setting(120, "time until a closed page's data are deleted", least=1)
    # Access.
    login: Path | None = setting(None, "file of names and password hashes; none: no login")
    hosts: str = setting("", "accepted host names, separated by commas; empty: see the docs")
    proxy: bool = setting(default=False, meaning="trust the headers of a reverse proxy")
    mcp: bool = setting(default=False, meaning="also serve MCP tools (docs/api.md)")
    # What the operator sees.
    log: str = setting("text", "format of the log", choices=("text", "json"))
    metrics: str = setting("local", "who may read /metrics", choices=("off", "local", "all"))
    assets: Path = field(default=ASSETS)

    def __post_init__(self) -> None:
        for known in known_fields():
            _check(known, getattr(self, known.name))
        self.scan_folders  # noqa: B018  (raises where one has no name)

    @property
    def models(self) -> tuple[str, ...]:
        """The models to choose from; the first is loaded at start-up."""
        return tuple(name.strip() for name in self.model.split(",") if name.strip()) or (EMBEDDED,)

    def source_of(self, model: str) -> str:
        """A model's name with `embedded` replaced by the embedded model's folder."""
        parts = (part.strip() for part in model.split(JOINED))
        own = str(self.assets / DEFAULT_MODEL.name)
        return JOINED.join(own if part == EMBEDDED else part for part in parts)

    @property
    def further_libraries(self) -> dict[str, str]:
        """Places of further libraries by name: folders, or addresses of servers.

        Without a name, the last part of the place is taken.
        """
        found: dict[str, str] = {}
        for text in filter(None, (part.strip() for part in self.libraries.split(";"))):
            name, equals, place = text.partition("=")
            if not equals or "/" in name:  # an equals sign of the address itself
                name, place = re.split(r"[/#]", text.rstrip("/"))[-1], text
            if not (name.strip() and place.strip()) or name.strip() in found:
                raise ConfigError(f"libraries: {text!r} needs a name of its own and a place.")
            found[name.strip()] = place.strip()
        return found

    @property
    def scan_folders(self) -> dict[str, Path]:
        """Where the scans of further libraries lie, by the library's name."""
        known, found = self.further_libraries, {}
        for text in filter(None, (part.strip() for part in self.scans.split(";"))):
            name, _, folder = (part.strip() for part in text.partition("="))
            if name not in known or not folder:
                raise ConfigError(f"scans: {text!r} needs the name of a library and a folder.")
            found[name] = Path(folder)
        return found

    @property
    def host_names(self) -> tuple[str, ...]:
        """The names in `hosts`, in lower case."""
        names = (name.strip().lower() for name in self.hosts.split(","))
        return tuple(name for name in names if name)


def known_fields() -> tuple[Field[Any], ...]:
    """Fields set by variables, in the order of the table."""
    return tuple(known for known in fields(Settings) if "meaning" in known.metadata)


def variable(known: Field[Any]) -> str:
    """The environment variable of a field."""
    return PREFIX + known.name.upper()


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read all MED3DVLM_* variables; an empty one counts as unset.

    Raises:
        ConfigError: a value is invalid, or a MED3DVLM_ variable is unknown.
    """
    by_variable = {variable(known): known for known in known_fields()}
    given = {
        name: value for name, value in environment.items() if name.startswith(PREFIX) and value
    }
    unknown = sorted(set(given) - set(by_variable))
    if unknown:
        raise ConfigError(
            f"unknown setting {unknown[0]}; known are {', '.join(sorted(by_variable))}"
        )
    hints = typing.get_type_hints(Settings)
    values = {
        by_variable[name].name: _parsed(name, value, hints[by_variable[name].name])
        for name, value in given.items()
    }
    return Settings(**values)


def table_of(settings: Settings) -> Iterator[str]:
    """One line per setting: variable, value, default if different, and meaning."""
    for known in known_fields():
        value = getattr(settings, known.name)
        note = "" if value == known.default else f" (default {_shown(known.default)})"
        yield f"{variable(known):26} {_shown(value) + note:34} {known.metadata['meaning']}"


def _shown(value: Any) -> str:
    return "-" if value in (None, "") else str(value)


def _parsed(name: str, text: str, hint: Any) -> Any:
    if hint is bool:
        if text.lower() not in YES | NO:
            raise ConfigError(f"{name} must be 1 or 0, got {text!r}")
        return text.lower() in YES
    if hint is int:
        try:
            return int(text)
        except ValueError:
            raise ConfigError(f"{name} must be a whole number, got {text!r}") from None
    return text if hint is str else Path(text)


def _check(known: Field[Any], value: Any) -> None:
    least, choices = known.metadata["least"], known.metadata["choices"]
    if choices and value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise ConfigError(f"{known.name} must be {listed}, got {value!r}")
    if least is not None and value < least:
        raise ConfigError(f"{known.name} must be at least {least}, got {value}")

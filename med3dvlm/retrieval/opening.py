"""Opens a library wherever it lies: in a folder, or in a PostgreSQL server (`postgresql://...`)."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from med3dvlm.errors import LibraryError, OtherModelError
from med3dvlm.retrieval.library import Library
from med3dvlm.retrieval.sealing import STORE_NAME
from med3dvlm.retrieval.vector_store import VectorStore

if TYPE_CHECKING:
    from med3dvlm.retrieval.postgres import PostgresStore

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str) -> bool:
    """Whether a place is the address of a server, and not a folder."""
    return place.startswith(SCHEMES)


def open_any(place: str) -> VectorStore:
    """The library at a place, of whatever model: to check, copy or change it.

    Raises:
        LibraryError: there is none, or it can't be opened.
    """
    return _servers().open_any(place) if is_address(place) else Library.open_any(Path(place))


def open_made_by(place: str, *, model: str) -> VectorStore:
    """The library at a place, to search it with a model.

    Raises:
        LibraryError: there is none, or it can't be opened.
        OtherModelError: another model made its vectors.
    """
    store = open_any(place)
    if store.model != model:
        store.close()
        raise OtherModelError(
            f"{shown(place)}: the vectors were made by the model {store.model!r}, the one loaded "
            f"is {model!r}. Embed its volumes with {model!r} into a new library."
        )
    return store


def shown(place: str) -> str:
    """A place without what only its owner should read: no name of a user, and no password."""
    if not is_address(place):
        return place
    return f"{urlsplit(place).hostname or 'socket'}, library {urlsplit(place).fragment!r}"


def open_store(place: str, *, model: str, dim: int) -> VectorStore:
    """The library at a place, created if there is none.

    Args:
        place: a folder, or an address whose part after `#` names the library.
        model: key of the model that makes the vectors.
        dim: length of its vectors.

    Raises:
        LibraryError: it can't be opened or created, or the package for servers isn't installed.
        OtherModelError: another model made its vectors.
    """
    if is_address(place):
        return _servers().open(place, model=model, dim=dim)
    folder = Path(place)
    if (folder / STORE_NAME).exists():
        return Library.open(folder, model=model)
    return Library.create(folder, dim=dim, model=model)


def _servers() -> "type[PostgresStore]":
    """What opens libraries in servers; imported late, because its package is an extra."""
    try:
        from med3dvlm.retrieval.postgres import PostgresStore
    except ImportError as error:
        raise LibraryError(
            "A library in a server needs the extra archive: pip install 'med3dvlm[archive]'."
        ) from error
    return PostgresStore

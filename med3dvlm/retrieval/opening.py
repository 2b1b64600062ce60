"""Opens a library wherever it lies: in a folder, or in a PostgreSQL server (`postgresql://...`)."""

from pathlib import Path

from med3dvlm.errors import LibraryError
from med3dvlm.retrieval.library import STORE_NAME, Library
from med3dvlm.retrieval.vector_store import VectorStore

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str) -> bool:
    """Whether a place is the address of a server, and not a folder."""
    return place.startswith(SCHEMES)


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
        try:
            from med3dvlm.retrieval.postgres import PostgresStore
        except ImportError as error:
            raise LibraryError(
                "A library in a server needs the extra archive: pip install 'med3dvlm[archive]'."
            ) from error
        return PostgresStore.open(place, model=model, dim=dim)
    folder = Path(place)
    if (folder / STORE_NAME).exists():
        return Library.open(folder, model=model)
    return Library.create(folder, dim=dim, model=model)

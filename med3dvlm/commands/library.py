"""Libraries of one's own: built, extended, checked, copied.

python -m med3dvlm library build SCANS --out LIBRARY --tag trauma
python -m med3dvlm library remove LIBRARY --where tags=trauma
python -m med3dvlm library check LIBRARY
python -m med3dvlm library migrate LIBRARY --to postgresql://user@host/database#name

A library that exists lies in a folder, or in a PostgreSQL server, whose address takes the place of
the folder.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from med3dvlm.commands import embed
from med3dvlm.commands.filters import add_where, where_of
from med3dvlm.errors import LibraryError
from med3dvlm.retrieval import Library
from med3dvlm.retrieval.checkup import Checkup, check
from med3dvlm.retrieval.neighbour_map import draw_neighbour_map
from med3dvlm.retrieval.opening import is_address, open_any, open_store
from med3dvlm.retrieval.sealing import STORE_NAME
from med3dvlm.retrieval.store import Store
from med3dvlm.retrieval.transfer import export_library, import_library, read_about
from med3dvlm.retrieval.vector_store import VectorStore, copy_into

LIBRARY = "the library: a folder, or an address of a server"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the parts of the command and their arguments."""
    parts = parser.add_subparsers(required=True, metavar="ACTION")
    build = _part(parts, "build", _build, "embed scans into a new library, or continue one")
    embed.add_options(build)
    add = _part(parts, "add", _add, "embed more scans into a library")
    embed.add_options(add)
    remove = _part(parts, "remove", _remove, "remove entries by digest or by what is known of them")
    remove.add_argument("place", help=LIBRARY)
    remove.add_argument("digests", nargs="*", help="digests, or as much of each as is unique")
    add_where(remove)
    checked = _part(parts, "check", _check, "compare index, entries and exact search")
    checked.add_argument("place", help=LIBRARY)
    checked.add_argument("--queries", type=int, default=200, help="searches to measure")
    checked.add_argument("--seal", action="store_true", help="first write the index anew")
    export = _part(parts, "export", _export, "write all entries and vectors as plain files")
    export.add_argument("place", help=LIBRARY)
    export.add_argument("--out", type=Path, required=True, help="folder of the plain files")
    bring = _part(parts, "import", _import, "add what `export` wrote, to a new library or to one")
    bring.add_argument("files", type=Path, help="folder of the plain files")
    bring.add_argument("--out", required=True, help=LIBRARY)
    drawn = _part(parts, "map", _map, "draw the map on which neighbours lie together (UMAP)")
    drawn.add_argument("place", help="the library's folder")
    migrate = _part(
        parts, "migrate", _migrate, "bring a library of an older version to this one, or elsewhere"
    )
    migrate.add_argument("place", help=LIBRARY)
    migrate.add_argument("--to", help="copy it there, a folder or an address; both are kept")


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Run the chosen part; raises what it raises."""
    yield from chosen.part(chosen)


def _part(
    parts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    work: object,
    about: str,
) -> argparse.ArgumentParser:
    parser = parts.add_parser(name, help=about, description=about)
    parser.set_defaults(part=work)
    return parser


def _build(chosen: argparse.Namespace) -> Iterator[str]:
    yield from embed.run(chosen)
    with Library.open_any(chosen.out) as library:
        library.seal()
        yield f"{chosen.out} holds {len(library)} scans, ready to be searched."


def _add(chosen: argparse.Namespace) -> Iterator[str]:
    Library.open_any(chosen.out).close()  # there must be one
    yield from embed.run(chosen)


def _remove(chosen: argparse.Namespace) -> Iterator[str]:
    where = where_of(chosen)
    if not where and not chosen.digests:
        raise LibraryError("Name what to remove: digests, or --where KEY=VALUE.")
    with closing(open_any(chosen.place)) as library:
        ids = set(library.ids(where)) if where else set(library.ids())
        if chosen.digests:
            ids &= {number for digest in chosen.digests for number in _by_digest(library, digest)}
        yield f"{library.remove(ids)} entries were removed; {library.count()} are left."


def _by_digest(library: VectorStore, digest: str) -> list[int]:
    """The entries of one volume, by the beginning of its digest."""
    ids = library.ids({"digest": {"starts": digest}})
    known = {entry.digest for entry in library.get(ids).values()}
    if len(known) != 1:
        raise LibraryError(f"{digest!r} is the beginning of {len(known)} digests, not of one.")
    return ids


def _check(chosen: argparse.Namespace) -> Iterator[str]:
    with closing(open_any(chosen.place)) as library:
        if chosen.seal and not _seal(library):
            yield "the server keeps its index by itself; there is nothing to seal"
        yield f"model: {library.model}, {library.dim} numbers a vector"
        found = check(library, queries=chosen.queries)
    yield from _told(found)
    if not found.sound:
        raise LibraryError(
            f"{chosen.place}: the index is not sound. Entries are; write the index anew: "
            f"python -m med3dvlm library check {chosen.place} --seal"
        )


def _told(found: Checkup) -> Iterator[str]:
    yield f"entries: {found.entries}, {found.sealed} sealed, {found.unsealed} changes since"
    yield f"search: {found.how}"
    yield f"recall@10 against exact search: {found.recall:.4f}"
    yield (
        f"a search takes {found.p50_ms:.2f} ms in the median, p99 {found.p99_ms:.2f} ms; "
        f"comparing all {found.exact_p50_ms:.2f} ms"
    )
    yield (
        "index and entries agree" if found.sound
        else f"{len(found.differing)} vectors differ, {found.repaired} lack their files"
    )  # fmt: skip


def _export(chosen: argparse.Namespace) -> Iterator[str]:
    with closing(open_any(chosen.place)) as library, Bar() as bar:
        about = export_library(library, chosen.out, progress=bar.show)
    yield f"{about.count} entries and vectors of {about.model!r} are in {chosen.out}."


def _import(chosen: argparse.Namespace) -> Iterator[str]:
    about = read_about(chosen.files)
    target = open_store(chosen.out, model=about.model, dim=about.dim)
    with closing(target) as library, Bar() as bar:
        count = import_library(chosen.files, library, progress=bar.show)
        _seal(library)
        yield f"{count} entries were added; {chosen.out} holds {library.count()}."


def _seal(library: VectorStore) -> bool:
    """Write the index of a folder; False for a server, which keeps its own."""
    return isinstance(library, Library) and library.seal()


def _map(chosen: argparse.Namespace) -> Iterator[str]:
    with closing(open_any(chosen.place)) as library:
        made = draw_neighbour_map(library, progress=sys.stderr.isatty())
    yield f"The map of {len(made.ids)} volumes is kept in {chosen.place}; the page offers it."


def _migrate(chosen: argparse.Namespace) -> Iterator[str]:
    if is_address(chosen.place) or not Store.migrate(Path(chosen.place) / STORE_NAME):
        yield f"{chosen.place}: is in the present form already."
    else:
        with closing(open_any(chosen.place)) as library:
            yield f"{chosen.place}: {library.count()} entries are in the present form."
    if chosen.to:
        yield from _copy(chosen.place, chosen.to)


def _copy(place: str, to: str) -> Iterator[str]:
    with (
        closing(open_any(place)) as source,
        closing(open_store(to, model=source.model, dim=source.dim)) as target,
        Bar() as bar,
    ):
        count = copy_into(source, target, progress=bar.show)
        _seal(target)
        yield f"{count} entries were copied; {to} holds {target.count()}."


class Bar:
    """A bar on a terminal, nothing elsewhere."""

    def __enter__(self) -> "Bar":
        self._bar = tqdm(unit="entry", file=sys.stderr, disable=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, of: int) -> None:
        """So many of so many are done."""
        self._bar.total = of
        self._bar.update(done - self._bar.n)

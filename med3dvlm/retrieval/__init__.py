"""Semantic search: vectors of volumes or texts, with metadata for each.

The usual calls:

    library = Library.create(folder, dim=512, model="med3dvlm-phantom-1")
    library.add([Entry(title="Case 7", text=report, digest=volume.digest)], vectors)
    hits = library.search(query_vector, k=5)
"""

from med3dvlm.retrieval.entry import Entry, Hit
from med3dvlm.retrieval.library import Library

__all__ = ["Entry", "Hit", "Library"]

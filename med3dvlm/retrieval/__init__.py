"""Search by meaning: vectors of volumes or texts with what is known of each.

The usual calls:

    library = Library.create(folder, dim=512, model="med3dvlm-phantom-1")
    library.add([Entry(title="Case 7", text=report, digest=volume.digest)], vectors)
    hits = library.search(query_vector, k=5)
"""

from med3dvlm.retrieval.library import Hit, Library
from med3dvlm.retrieval.store import Entry

__all__ = ["Entry", "Hit", "Library"]

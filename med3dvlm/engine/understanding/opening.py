"""Opens the understanding of questions that comes with a model, if one does.

understanding = open_understanding(folder / "reader", ("training",))
"""

from collections.abc import Sequence
from pathlib import Path

from med3dvlm.engine.understanding.lexicon import Lexicon, whole_lexicon
from med3dvlm.engine.understanding.planning import Understanding
from med3dvlm.engine.understanding.question_reader import QuestionReader
from med3dvlm.model.checkpoint_file import CONFIG
from med3dvlm.model.reader import load_reader
from med3dvlm.phantoms.vocabulary.lexicon import SPLITS, Split


def open_understanding(folder: Path, names: Sequence[Split] = SPLITS) -> Understanding | None:
    """The understanding with the reader in a folder; None if there is no such folder.

    Raises:
        CheckpointError: the reader is damaged.
    """
    if not (folder / CONFIG).exists():
        return None
    lexicon = whole_lexicon() if tuple(names) == SPLITS else Lexicon(names)
    return Understanding(QuestionReader(load_reader(folder), lexicon))

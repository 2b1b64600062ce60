"""Which findings a text names, with what is put together from its words."""

from med3dvlm.engine.understanding.compositions import with_compositions
from med3dvlm.engine.understanding.lexicon import Lexicon

LEXICON = Lexicon(("training",))


def findings_in(text: str) -> list[str]:
    return [one.name for one in with_compositions(text, LEXICON.find(text)) if one.sort == "kind"]

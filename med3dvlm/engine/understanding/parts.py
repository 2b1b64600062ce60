"""The questions in one message, as texts that can be read one by one.

clauses("Any gallstones? Also, is the liver normal?")        # ["Any gallstones?", "is the ..."]
lined_up("ascites and splenomegaly?", names)                  # ["ascites?", "splenomegaly?"]

Whether these texts really ask for different things is for whoever reads them.
"""

import re
from collections.abc import Callable, Sequence

from med3dvlm.engine.understanding.lexicon import Found

Names = Callable[[str], Sequence[Found]]
# How a question or a request begins.
OPENER = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|would|will|should|how|what|"
    r"what'?s|which|where|when|who|why|any|check|tell|show|describe|list|give|say|measure|count|"
    r"look for|look at|see if|please (?:check|tell|describe|list))\b"
)
JOINT = r"(?:and|also|plus|but|or|then|besides|and also|and then|or else|if so)\b,?"
CAUSE = (
    r"(?:does|did|do) (?:it|this|that|they|these) (?:also )?(?:cause|lead to|result in|come with)"
)
# A sentence ends, or another question begins after "and" or a comma.
BREAK = re.compile(
    rf"(?<=[?!.;])\s+|\n+|[,;]?\s+(?={JOINT}\s+(?!{CAUSE}){OPENER})|,\s*(?={OPENER}(?:\s+\S+){{3}})",
    re.IGNORECASE,
)
LEADING = re.compile(rf"^\W*(?:(?:{JOINT}|so|please|pls|well|ok|okay|now)\W*)+", re.IGNORECASE)
ASKING = re.compile(rf"^\W*{OPENER}", re.IGNORECASE)
# What may stand between two things that are asked about together.
BETWEEN = re.compile(
    r"\s*(?:,|/|&|\+|\?|;|\band/or\b|\band\b|\bor\b|\bn\b|\bvs\b\.?|\bversus\b|\bnor\b|\bwith\b|"
    r"\bplus\b|\bas well as\b|\bcausing\b|\bdue to\b|\bbecause of\b|\bsecondary to\b)"
    rf"(?:\s*{CAUSE})?(?:\s*(?:and|or|also|a|an|any|the|my|his|her|no|in|on|of|some|for|"
    r"with|around|near|at|inside|free|associated))*\s*",
    re.IGNORECASE,
)  # fmt: skip
THINGS = ("kind", "organ", "untaught")


def clauses(text: str) -> list[str]:
    """The questions that stand one after the other; statements and greetings are left out."""
    parts = [LEADING.sub("", part).strip() for part in BREAK.split(text)]
    return [part for part in parts if part and (ASKING.match(part) or part.endswith("?"))]


def lined_up(text: str, names: Names) -> list[str]:
    """One question for each of several things that share a sentence; empty if they don't."""
    row = _row(text, [one for one in names(text) if one.sort in THINGS])
    if len(row) < 2:
        return []
    head, tail = text[: row[0].start], text[row[-1].end :]
    return [f"{head}{name}{tail}" for name in _full(text, row, names)]


def _row(text: str, found: Sequence[Found]) -> list[Found]:
    """The first names that only "and", "or" and the like stand between."""
    for at in range(len(found)):
        row = [found[at]]
        for one in found[at + 1 :]:
            if not BETWEEN.fullmatch(text[row[-1].end : one.start]):
                break
            row.append(one)
        if len(row) > 1:
            return row
    return []


def _full(text: str, row: Sequence[Found], names: Names) -> list[str]:
    """The names of a row, with what one leaves to another: "kidney (stones) or bladder stones"."""
    said = [text[one.start : one.end] for one in row]
    organs = [one for one in row if one.sort == "organ"]
    kinds = [one for one in row if one.sort == "kind"]
    if not organs or not kinds:
        return said
    return [
        _in_its_place(text, kinds[0], name, names) if one.sort == "organ" else name
        for one, name in zip(row, said, strict=True)
    ]


def _in_its_place(text: str, kind: Found, organ: str, names: Names) -> str:
    """The finding with another organ, if that is a finding, too; else the organ alone."""
    said = text[kind.start : kind.end]
    for match in re.finditer(r"\w+", said):
        swapped = said[: match.start()] + organ + said[match.end() :]
        if [one.sort for one in names(match[0])] == ["organ"]:
            found = names(swapped)
            whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(swapped))
            if whole and found[0].sort == "kind":
                return swapped
    return organ

"""The text rule of M3D-Cap: which part of a raw text.txt is the caption.

caption("study_findings: A cyst. discussion: Benign.")    # "A cyst. discussion: Benign."
"""

FINDINGS, DISCUSSION = "study_findings:", "discussion:"
# A section with fewer characters, not counting spaces and newlines, counts as empty.
SHORTEST = 5


def caption(text: str) -> str:
    """The text after the first findings mark, else after the discussion mark, else the whole text.

    A text without the findings mark is used whole, as in the published data.
    """
    for found in (_after(FINDINGS, text), _after(DISCUSSION, text)):
        if says_something(found):
            return found
    return _line(text)


def says_something(text: str) -> bool:
    """Whether a text has at least five characters other than spaces and newlines."""
    return len(text.replace("\n", "").replace(" ", "")) >= SHORTEST


def _after(mark: str, text: str) -> str:
    _, found, rest = text.partition(mark)
    return _line(rest if found else text)


def _line(text: str) -> str:
    return text.replace("\n", " ").strip()

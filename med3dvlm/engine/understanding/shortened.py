"""Words cut short as in notes: "dil ren pelvis", "hep mets", "# of L1".

written_out("dil ren pelvis?", lexicon.find)     # "dilated renal pelvis?"

A name that is known as it stands is left alone.
"""

import re
from collections.abc import Callable, Sequence

from med3dvlm.engine.understanding.lexicon import Found

Names = Callable[[str], Sequence[Found]]
WHOLE = {
    "abd": "abdominal", "abdo": "abdominal", "abdom": "abdominal", "adr": "adrenal",
    "adren": "adrenal", "adnex": "adnexal", "aneur": "aneurysm", "aneurys": "aneurysm",
    "aort": "aortic", "bilat": "bilateral", "bldr": "bladder", "bwl": "bowel",
    "calcif": "calcified", "compr": "compression", "consol": "consolidation",
    "consols": "consolidation", "desc": "descending", "dil": "dilated", "dilat": "dilated",
    "eff": "effusion", "effn": "effusion", "effs": "effusions", "enl": "enlarged",
    "enlgd": "enlarged", "fract": "fracture", "fx": "fracture", "fxs": "fractures",
    "hep": "hepatic", "incr": "increased", "infil": "infiltrate", "infilt": "infiltrate",
    "infiltr": "infiltrate", "infiltrs": "infiltrates", "intest": "intestinal", "les": "lesion",
    "lesn": "lesion", "mediast": "mediastinal", "metas": "metastases", "neopl": "neoplasm",
    "nod": "nodule", "nods": "nodules", "obstr": "obstruction", "obstrn": "obstruction",
    "opac": "opacity", "osteolyt": "osteolytic", "ov": "ovarian", "ovar": "ovarian",
    "pericard": "pericardial", "peric": "pericardial", "periton": "peritoneal", "pleur": "pleural",
    "prosth": "prosthesis", "pulm": "pulmonary", "ren": "renal", "repl": "replacement",
    "replt": "replacement", "spl": "spleen", "splen": "splenic", "supraren": "suprarenal",
    "thor": "thoracic", "thorac": "thoracic", "tum": "tumour", "tumr": "tumour",
    "vert": "vertebral", "vertebr": "vertebral", "vesic": "vesical",
}  # fmt: skip
# Of these only before a word that goes with them.
BESIDE = (
    (re.compile(r"\bkid(?= (?:stone|calc|cyst|lesion))", re.IGNORECASE), "kidney"),
    (re.compile(r"\b(?:bl|blad)(?= (?:stone|calc|mass|tumou?r|wall|lesion))", re.I), "bladder"),
    (re.compile(r"\bcalcs?\b(?= (?:in|of)\b)|(?<=renal )calcs?\b|(?<=bladder )calcs?\b", re.I),
     "calculus"),
    (re.compile(r"(?:(?<=^)|(?<=\s))#(?= of\b)|(?<=[TL]\d )#|(?<=[TL]1\d )#", re.I), "fracture"),
    (re.compile(r"\bperi(?= (?:eff|fluid|collection))", re.IGNORECASE), "pericardial"),
    (re.compile(r"\basc(?= (?:ao|aorta|aortic|aneurysm))", re.IGNORECASE), "ascending"),
    (re.compile(r"\bao\b(?= (?:dilat|ectas|aneurysm))|(?<=dilated )ao\b|(?<=ascending )ao\b", re.I),
     "aorta"),
)  # fmt: skip
# "Lytic les. in the ilium" is one sentence.
DOTTED = re.compile(rf"\b({'|'.join(WHOLE)})\.(?= \S)", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]+\b\.?(?=\W|$)")


def in_a_finding(match: re.Match[str], found: Sequence[Found]) -> bool:
    """Whether words of a text are, or overlap, a finding's name as it stands."""
    return any(
        one.sort == "kind" and one.start < match.end() and match.start() < one.end for one in found
    )


def written_out(text: str, names: Names) -> str:
    """The text with its shortened words in full; none of those that are part of a known name."""
    if not text.strip(" .?!").count(" "):
        return text  # a word by itself is known as it stands, or not at all
    text = DOTTED.sub(r"\1", text)
    found = names(text)

    def whole(word: re.Match[str]) -> str:
        if in_a_finding(word, found):
            return word[0]
        long = WHOLE.get(word[0].rstrip(".").lower())
        ends = word[0].endswith(".") and word.end() == len(text.rstrip())
        return word[0] if long is None else f"{long}." if ends else long

    text = WORD.sub(whole, text)
    for short, long in BESIDE:
        if not any(in_a_finding(match, names(text)) for match in short.finditer(text)):
            text = short.sub(long, text)
    return text

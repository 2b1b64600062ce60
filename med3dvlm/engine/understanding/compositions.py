"""Findings said by what a part is like, or put together from Greek and Latin.

with_compositions("a huge spleen", found)          # adds the splenomegaly
with_compositions("pyocalicectasis?", found)       # adds the hydronephrosis

No list of names has all of these; only where no name of a finding is known are they looked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from med3dvlm.engine.understanding.in_parts import IN_PARTS, INSTEAD, NOT_IN_PARTS
from med3dvlm.engine.understanding.lexicon import Found

# More letters between a part and what it is like belong to something else.
APART = 40
WHOLE = re.compile(r"(?<![\w\\])[A-Za-z]{4,}(?![\w\\*?+(\[])")
ENDED = re.compile(r"[.?!;,]|\b(?:and|or|but|with)\b", re.IGNORECASE)
WIDE = (
    r"bulg\w*|balloon\w*|blown[- ]?up|widen\w*|dilat\w*|ectatic|ectasia|stretched|too wide|"
    r"too (?:big|large|thick)|swollen|distended|expanded|enlarg\w*|weakened|out-?pouching|"
    r"(?:abnormally )?wide|about to burst|aneurysm\w*|aneurism\w*"
)
LARGE = (
    r"huge|big|bigger|large|larger|enlarg\w*|giant|enormous|massive|swollen|over-?sized?|oversize|"
    r"gigantic|immense|grown|swelling|too long|vast"
)
FULL = (
    r"blocked(?: up)?|obstruct\w*|swollen|dilat\w*|distend\w*|distension|stretched|congested|"
    r"backed[- ]up|dammed(?: up)?|clogged|plugged|ballooned|full of (?:urine|water|pee|fluid)|"
    r"(?:can'?t|cannot|does ?n[o']t|won'?t|isn'?t|not|unable to|fails? to|failing to|poorly) "
    r"drain\w*"
)
BLOCKED = (
    r"block\w*|obstruct\w*|clogg?\w*|jammed|twisted|kinked|plugged|dilat\w*|distend\w*|distension|"
    r"strangulat\w*|stopped|stopping|backed[- ]up|bunged up|not moving|impassable|stuck"
)
CRUSHED = (
    r"broken|fractur\w*|crush\w*|cracked|collaps\w*|wedg\w+|burst|flatten\w*|squashed|shattered|"
    r"smashed|busted|snapped|caved in|sunken|loss of height|height loss|compress(?:ed|ion)|"
    r"squeezed flat|fx"
)
MADE = (
    r"artificial|false|fake|metal(?:lic|work)?|steel|titanium|implant\w*|prosthe\w+|replaced|"
    r"(?:total )?(?:joint )?(?:replacement|repl)|(?:total )?arthroplasty|endoprosthe\w+|"
    r"hardware|synthetic|ceramic|bionic|new"
)
VESSEL = (
    r"aort(?:a|ic)|(?:blood )?vessel|artery|(?:(?:main|big|large|largest|great|biggest|body|"
    r"chest|belly|tummy) )+(?:blood vessel|vessel|artery)"
)
CHEST = (
    r"chest|thora\w+|ascending|descending|root|arch|breast|above the (?:heart|diaphragm)|"
    r"near the heart"
)
BELLY = (
    r"abdom\w+|belly|tummy|stomach|infrarenal|gut|navel|"
    r"below the (?:kidneys?|diaphragm|renal arteries)"
)
SPREAD = (
    r"(?:spread|gone|got|travel\w*|moved|advanced|metastasi[sz]\w*|seeded)"
    r"(?: (?:on|over|across|down))? (?:in)?to"
)


@dataclass(frozen=True, slots=True)
class Composition:
    """Words that mean a finding where all of them stand near each other, in any order."""

    kind: str
    said: tuple[re.Pattern[str], ...]
    others: tuple[str, ...] = ()


def _made(kind: str, *said: str, others: tuple[str, ...] = ()) -> Composition:
    patterns = tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in said)
    return Composition(kind, patterns, others)


COMPOSITIONS = (
    # One word, of two roots.
    _made("pleural effusion", r"(?:hydro|pyo|chylo|sero)-?thora\w+"),
    _made("pneumothorax", r"(?:pneumo|aero)-?thora\w+"),
    _made("pericardial effusion", r"(?:hydro|pyo|chylo|ha?emo)-?pericard\w+"),
    _made("splenomegaly", r"\w*sple\w*megal\w+|\w*megal\w*spl[ea]\w+|spleno(?:pathic )?enlarge\w+|"
          r"lieno?-?megal\w+|megalo-?lien\w*"),
    _made("kidney stone", r"(?:nephr|pyel|ren|calic|calyc|nephrocalic)o?-?lith\w*"),
    _made("gallstone", r"chole(?!docho)\w*lith\w*"),
    _made("bladder stone", r"(?:cysto|vesico)-?lith\w*"),
    _made("hydronephrosis",
          r"(?:\w*(?:pyel|cali[cx]|caly[cx]|nephr|pelv[io])\w*ectasi[as]\w*)|"
          r"(?:hydro|uro|pyo)\w*nephro\w+|\w*hydro(?:cali|caly)\w+"),
    _made("free air", r"(?:pneumo|aero)-?peritone\w+"),
    _made("free air", r"(?:free|loose|leak(?:ed|ing)|escaped|extraluminal) (?:air|gas)",
          r"abdom\w+|belly|tummy|periton\w+|diaphragm"),
    _made("free air", r"air|gas", r"outside (?:of )?(?:the )?(?:bowels?|guts?|intestines?)"),
    _made("abdominal aortic aneurysm", r"triple[- ]?a(?:neurysm)?"),
    _made("ascites", r"(?:hydro|chylo|ha?emo)-?peritone\w+"),
    _made("lytic bone lesion", r"osteo-?ly\w+"),
    _made("lytic bone lesion",
          r"(?:radio)?-?lucent (?:bone |bony |osseous )?(?:lesions?|foc(?:us|i)|areas?|defects?)|"
          r"(?:lytic|punched[- ]out|moth[- ]eaten) (?:foc(?:us|i)|areas?|defects?|holes?)"),
    _made("lung nodule", r"coin (?:lesion|shadow|nodule|opacity)s?"),
    _made("consolidation", r"(?:red |grey |gray )?hepati[sz]ation"),
    _made("bowel obstruction", r"sub-?ileus"),
    _made("adrenal mass", r"incidentalomas?"),
    _made("adnexal cyst", r"(?:cystic )?dermoids?(?: cysts?)?"),
    _made("free air", r"(?:air|gas) (?:under|beneath|below) (?:the |a |his |her |my )?"
          r"(?:right |left )?(?:hemi-?)?diaphragms?|"
          r"(?:sub-?diaphragmatic|sub-?phrenic) (?:air|gas)"),
    _made("vertebral fracture",
          r"(?:osteoporotic|fragility) (?:compression )?(?:fractures?|fx|collapse)"),
    _made("hip prosthesis", r"femoral (?:head |joint )?(?:\w*prosthes[ei]s|implant)"),
    _made("mediastinal mass", r"mass(?:es)?|growths?|lumps?|tumou?rs?|swellings?|lesions?",
          r"(?:behind|beneath|under) (?:the |my |his |her )?(?:sternum|breast-?bone)|"
          r"(?:retro-?|sub-?)sternal|pre-?vascular"),
    _made("mediastinal mass", r"bulky (?:disease|mediastinal disease|lymphoma)|lymphomas?",
          r"mediastin\w+"),
    _made("renal cyst", r"cystic|cysts?", r"kidneys?|renal"),
    _made("liver metastases", r"seed(?:s|ing|ings|ed)|"
          r"(?:cancer(?:ous)?|malignant|tumou?r) (?:spots?|lesions?|deposits?|seeds)|"
          r"deposits|dissemination|target lesions", r"liver|hepatic"),
    _made("abdominal aortic aneurysm", r"aort(?:a|ic)", r"(?:[4-9](?:[.,]\d)?|1\d) ?cm|[4-9]\d ?mm",
          others=("thoracic aortic aneurysm",)),
    # A part, and what it is like.
    _made("splenomegaly", LARGE, r"spleen|lien|milt"),
    _made("thoracic aortic aneurysm", WIDE, VESSEL, CHEST),
    _made("abdominal aortic aneurysm", WIDE, VESSEL, BELLY),
    _made("thoracic aortic aneurysm", r"aneurysms?", r"chest|thora\w+|ascending|(?:aortic )?root"),
    _made("abdominal aortic aneurysm", r"aneurysms?", BELLY),
    _made("abdominal aortic aneurysm", WIDE, r"aorta", others=("thoracic aortic aneurysm",)),
    _made("hydronephrosis", FULL,
          r"kidneys?|renal pelvi[sc]|renal pelves|cal[iy]ces|cal[iy]x|collecting systems?|"
          r"upper (?:urinary )?tracts?|pelvicaly?ceal system"),
    _made("bowel obstruction", BLOCKED,
          r"bowels?|guts?|intestines?|intest|intestinal|jejun\w+|ile(?:um|al)|bowel loops?"),
    _made("bowel obstruction", r"intest\w* obstr\w*|bowel obstr\w*"),
    _made("pneumothorax", r"deflated|collapsed|punctured|popped|burst|gone flat|let down",
          r"lungs?"),
    _made("pneumothorax", r"air|gas",
          r"(?:outside|around|beside|next to) (?:of )?(?:the |a )?lungs?"),
    _made("vertebral fracture", CRUSHED,
          r"vertebra[el]?|vertebrae|spine|back ?bones?|spinal column|[TL] ?\d{1,2}|thoracolumbar"),
    _made("vertebral fracture", r"(?:burst|wedge|crush|compression) (?:fracture|deformity)s?"),
    _made("hip prosthesis", MADE, r"hips?|hip joints?|femoral heads?|acetabul\w+"),
    _made("ascites", r"(?:free |some )?(?:fluid|water|liquid)",
          r"(?:in|on|inside|around|round) (?:the |my |his |her )?"
          r"(?:belly|tummy|abdomen|stomach|peritoneum|guts?)"),
    _made("ascites", r"ascit\w+"),
    _made("pleural effusion", r"blunt\w*|obliterat\w*|filled",
          r"costo-?(?:phrenic|diaphragmatic)\w*"),
    _made("consolidation", r"pus|phlegm|mucky?|infect\w*|inflam\w*",
          r"(?:in|of) (?:the |my )?lungs?"),
    _made("liver metastases", SPREAD, r"(?:the |my |his |her )?liver"),
    _made("lung nodule", SPREAD, r"(?:the |my |his |her )?lungs?"),
    _made("lytic bone lesion", SPREAD, r"(?:the |my |his |her )?(?:pelvic )?bones?"),
    _made("adrenal mass", r"(?:adrenal|suprarenal)s?(?: glands?)?",
          r"metasta\w+|mets?|nodules?|tumou?rs?|mass(?:es)?|adenomas?|carcinomas?|growths?|lumps?"),
)  # fmt: skip
# A general word for what is in a part means less than all of these.
GENERAL = tuple(_made(kind, *said) for kind, said in IN_PARTS)
UNTAUGHT_THERE = re.compile(rf"\b(?:{NOT_IN_PARTS})\b", re.IGNORECASE)
# What comes after is where it is from, or when it came.
CAUSE = re.compile(
    r"\b(?:from|due to|because of|caused by|after|post|following|since|with|despite|as a result of|"
    r"secondary to|thanks to)\b", re.IGNORECASE,
)  # fmt: skip
# Of these the same is said, and none was taught.
NOT_THESE = re.compile(
    r"\b(?:coronary|cerebral|brain|(?<!femoral )head|heart aneurysm|ventric\w+|marrow|carotid|"
    r"iliac(?! (?:wing|bone|crest))|(?<!below the )renal arter\w+|femoral (?:arter|neck)\w*|bile|"
    r"biliary|ducts?|discs?|disks?|cord|cervical|neck|valves?|pain|hurts?|surgery|operation|colon|"
    r"(?<!and the )(?<!and )ribs?|"
    r"pancrea\w*|ureters?|appendix|prostate|veins?|varic\w+|nodes?)\b",
    re.IGNORECASE,
)


def composed_of() -> frozenset[str]:
    """The whole words of all compositions, in lower case: none of them is misspelt."""
    patterns = (pattern.pattern for one in COMPOSITIONS for pattern in one.said)
    return frozenset(word.lower() for text in patterns for word in WHOLE.findall(text))


def with_compositions(text: str, found: Sequence[Found]) -> list[Found]:
    """The names found; where none is a finding, what is said of a part instead of its name."""
    found = [_elsewhere(text, one) for one in found]
    if any(one.sort == "kind" for one in found) or NOT_THESE.search(text):
        return list(found)
    made, spans = next(_composed(text), (None, []))
    if made is None:
        return list(found)
    # A word for something untaught, such as a vessel, may be a part of it; else it counts.
    cause = CAUSE.search(text, made.end)
    until = cause.start() if cause else len(text)
    untaught = [one for one in found if one.sort == "untaught" and one.start < until]
    if not all(any(s <= one.start and one.end <= e for s, e in spans) for one in untaught):
        return list(found)
    apart = [one for one in found if one.end <= made.start or made.end <= one.start]
    return sorted([*apart, made], key=lambda one: one.start)


def _elsewhere(text: str, one: Found) -> Found:
    """A finding by a general name, moved to the part it is said to be in."""
    for named, place, kind in INSTEAD:
        if one.name == named and place.match(text, one.end):
            return replace(one, name=kind)
    return one


def _composed(text: str) -> Iterator[tuple[Found, list[tuple[int, int]]]]:
    """Each composition in a text, with all the words that it takes and where each of them is."""
    general = () if UNTAUGHT_THERE.search(text) else GENERAL
    for one in (*COMPOSITIONS, *general):
        matches = [pattern.search(text) for pattern in one.said]
        if not all(matches):
            continue
        spans = sorted(match.span() for match in matches if match)
        gaps = (text[end:start] for (_, end), (start, _) in pairwise(spans))
        if all(len(gap) <= APART and not ENDED.search(gap) for gap in gaps):
            end = max(end for _, end in spans)
            yield Found("kind", one.kind, spans[0][0], end, one.others), spans

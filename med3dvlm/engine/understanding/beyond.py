"""What was never taught, however it is worded: told by words that give it away.

is_beyond("Is the effusion bigger than before?")      # True: a comparison
is_beyond("Any nodule bigger than 6 mm?")             # False
is_foreign("Gibt es einen Stein?")                    # True

The reader mistakes these for questions about the finding or organ that they name.
"""

import re

from med3dvlm.phantoms.vocabulary.frames.base import english_words, foreign_words

COMPARATIVE = (
    r"(?:bigger|larger|smaller|wider|longer|thicker|denser|brighter|darker|worse|better|higher|"
    r"lower|more|less|greater|heavier|shorter|healthier)"
)
# Bigger than what is usual is a finding, bigger than so many millimetres a size.
USUAL = (
    r"(?:\d+(?! (?:years?|months?|weeks?|days?))|one\b|a (?:cm|centimet|inch)|normal|usual|average|"
    r"it should|they should|expected|it ought|allowed|is (?:normal|usual))"
)
TIMES = r"(?:time|scan|ct|year|month|week|exam|examination|study|one|visit|image|images|report)s?"
TOPICS = (
    # Comparisons, with another part, another time or another scan.
    rf"{COMPARATIVE}\b[^.?!]*\bthan (?!{USUAL})",
    r"\b(?:compared? (?:to|with|it|this|them)|in comparison)\b",
    r"\bversus (?:the )?(?:last|previous|prior)\b",
    rf"\b(?:previous|prior|earlier|older|last(?: year's| month's)?) {TIMES}\b",
    r"\binterval (?:change|growth|progression|increase|decrease)",
    r"\b(?:any|a|the) (?:changes?|progress|progression|improvement|growth) (?:since|from|over)\b",
    r"\b(?:has|have|did) (?:it|they|this|that|the|my|his|her|our)\b[^.?!,]*\b(?:grown?|shr[iu]nk|"
    r"changed?|progress(?:ed)?|improved?|worsen(?:ed)?|increased?|decreased?|regress(?:ed)?|"
    r"(?:got(?:ten)?|become|became) (?:bigger|larger|smaller|worse|better))\b",
    r"\b(?:stable|unchanged|new) (?:since|compared|from last)\b",
    # Measurements other than of a finding's length.
    r"\b(?:in|which|what|how many|mean|average)[^.?!]* (?-i:HU)\b",
    r"\bhu(?:'?s)? (?:value|number|unit|density|of|in)s?\b",
    r"\bhounsfield\b|\battenuation values?\b",
    r"\bvolume of the (?!scan)|\b(?:in|how many) (?:ml|millilit|lit(?:er|re)|cc|grams?|kilos?)",
    r"\bhow (?:much|heavy)[^.?!]* weighs?\b|\bsignal[- ]to[- ]noise\b|\bsnr\b",
    r"\b(?:radiation|effective|x-?ray) dose\b|\bhow much radiation\b|\b(?:m?gy|msv|kvp?|mas)\b",
    r"\b(?:voxel|pixel) (?:size|spacing)s?\b|\bslice thickness\b|\bkernel\b",
    r"^(?!.*\b(?:planes?|axial|coronal|sagittal)\b).*\breconstruct",
    # What to do next, and opinions that take a doctor.
    r"\b(?:differentials?|ddx|d/d)\b",
    r"\b(?:benign|malignant) or (?:benign|malignant)\b|\bhow (?:malignant|dangerous|serious)\b",
    r"\b(?:prognos|life expectancy|surviv|staging|"
    r"(?<!post )(?<!after )(?<!following )(?<!post-)biops|chemo|radiotherap|antibiotic|prescri)",
    r"\b(?:li|pi|bi|ti|o|c|lung)[- ]?rads\b|\bfleischner\b|\btnm\b",
    r"\b(?:what|which) (?:stage|grade)\b",
    r"\b(?:recist|response criteria|target lesions? sum|sum of (?:the )?target)\b",
    r"\b(?:letters? (?:from|of|to)|lab (?:results?|values?)|oxygen|saturation|temperature|pulse|"
    r"heart ?rate|vital signs|my (?:insurance|bill|appointment|prescription|medication|tablets|"
    r"pills|blood (?:test|pressure)|diet|job|work|school|flight|holiday))\b",
    r"\bfollow[- ]?up (?:interval|scan|ct|exam|appointment)|\b(?:second opinion|guidelines?)\b",
    r"^\W*will (?!you\b)",
    r"^\W*(?:please )?(?:write|draft|compose)(?: me)? an? "
    r"(?:letter|e?-?mail|poem|song|story|essay|joke|code|program)",
    r"\b(?:what|which|how many|how)\b[^.?!]*\b(?:do|are|were|did) you (?:have|made|built|trained|"
    r"based|use|used|work|learn)",
    r"\bexplain (?:to (?:me|us) )?(?:why|how|the (?:difference|reason|cause))\b",
    r"\b(?:invad\w+|invasion|encas\w+|infiltrat(?:es|ing|ed) (?:the|my|his|her|into)|resectab\w+|"
    r"operab\w+|inoperable)\b",
    # What is usual, as a book says it.
    r"\b(?:normal|usual|typical|average|reference|upper limit of) (?:the )?"
    r"(?:sizes?|diameters?|widths?|lengths?|ranges?|values?|thickness|volumes?|dimensions?) "
    r"(?:of|for)\b",
    r"\b(?:mnemonics?|definition of|define|classification|pathophysiology|aetiology|etiology|"
    r"causes of|symptoms of|treatments? (?:of|for)|incidence of|prevalence of)\b",
    # What the page has buttons for, or nothing.
    r"^\W*(?:(?:can|could|would|will) you |please |pls )*(?:segment|annotate|outline|contour|"
    r"highlight|circle|crop|zoom|draw|export|download|print|save|send|delete|upload|translate|"
    r"rotate)\b",
    r"\b(?:what|which) (?:kind of |type of |model of |make of )?(?:scanner|machine|device)\b|"
    r"\b(?:siemens|philips|toshiba|hitachi|samsung)\b",
    # Reasons.
    r"^\W*(?:(?:but|and|so|ok|oh|hm+) )?(?:why|how come|how so|how do (?:you|u) know|says who|"
    r"what makes you (?:say|think|so)|based on what|on what (?:basis|grounds))\b",
    r"\bicd(?:[- ]?1\d)?\b(?= ?(?:code|10|11))|\b(?:what|who) (?:caused|is to blame)\b",
)
BEYOND = re.compile("|".join(f"(?:{topic})" for topic in TOPICS), re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+")
# This share of the words is known from other languages, and from no English question.
FOREIGN_SHARE = 0.5
LEAST_WORDS = 3


def is_beyond(text: str) -> bool:
    """Whether a question is about a topic that was not taught."""
    return BEYOND.search(text) is not None


def is_foreign(text: str) -> bool:
    """Whether a text is in another language than English."""
    words = [word.lower() for word in WORD.findall(text)]
    if any(ord(letter) > 0x24F for word in words for letter in word):
        return True
    foreign = sum(word in foreign_words() or not word.isascii() for word in words)
    english = sum(word in english_words() for word in words)
    return len(words) >= LEAST_WORDS and foreign >= FOREIGN_SHARE * len(words) and english < foreign

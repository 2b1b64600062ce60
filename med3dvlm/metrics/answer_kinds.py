"""Which of four kinds is an answer, and is it one that fits?

The usual calls:

    answer_kind("The kidneys are not in this scan.")              # "not in scan"
    answer_kind("I was not taught that: I can be asked ...")      # "not taught"

A visitor's question gets an answer from the picture, or is told that the part asked about is not in
the scan, or that the model was not taught the subject; small talk gets a line about what this is.
The kind is read from the words, so any model can be measured that says it in plain English.
"""

import re
from typing import Literal, get_args

AnswerKind = Literal["answer", "not in scan", "not taught", "small talk"]
ANSWER_KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)

PICTURE = r"(?:this|the|your) (?:scan|ct|picture|image|images|volume|field of view|study)"
NOT_TAUGHT = re.compile(
    r"\b(?:not|never|wasn't|haven't|don't|didn't|cannot|can't)\b(?: \w+){0,3} "
    r"(?:taught|trained|learn(?:ed|t)?|judge|tell you about)\b"
    r"|\bI (?:only )?know nothing (?:about|of)\b|\boutside (?:of )?what I (?:was taught|know)\b"
    r"|\bI do(?:n't| not) know (?:that|this|about)\b",
    re.IGNORECASE,
)
OFFERS = re.compile(
    r"\bI can (?:only )?be asked\b|\byou can ask (?:me )?(?:about|for)\b", re.IGNORECASE
)
NOT_IN_SCAN = re.compile(
    rf"\b(?:is|are|was|were|lies?)(?: not|n't) (?:\w+ )?(?:in|on|part of|within|inside|covered by|"
    rf"shown (?:in|on|by)|included in|visible in|seen in) {PICTURE}"
    rf"|\b(?:is|are|lies?) (?:outside(?: of)?|beyond|out of) {PICTURE}"
    rf"|\b{PICTURE} (?:does not|doesn't) (?:cover|include|reach|extend|go)\b"
    rf"|\b(?:that|this) (?:part|organ|region)(?: of the body)? is not (?:in|shown|covered|seen)\b"
    rf"|\b(?:is|are)(?: not|n't) (?:scanned|imaged|covered|in view)\b",
    re.IGNORECASE,
)  # fmt: skip
# A finding that is absent is an answer, though it is "not in this scan", too.
ABSENT = re.compile(r"^\W*(?:no|yes|there (?:is|are) no)\b(?!, (?:that|this) part)", re.IGNORECASE)
SMALL_TALK = re.compile(
    r"^\W*(?:hello|hi|hey|welcome|good (?:morning|day|evening)|you(?:'re| are) welcome|thanks?|"
    r"thank you|goodbye|bye|glad|happy to|my pleasure)\b"
    r"|\bI(?:'m| am) (?:just |only )?an? (?:\w+[ -]){0,5}(?:model|assistant|program|computer)\b"
    r"|\bthis is an? (?:\w+[ -]){0,5}(?:model|demo|demonstration|assistant)\b"
    r"|\bask (?:me )?(?:something|anything|a question)? ?about (?:the|this|your) scan\b",
    re.IGNORECASE,
)


def answer_kind(text: str) -> AnswerKind:
    """The kind of an answer, by its words; what is none of the other three is an answer."""
    words = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if NOT_TAUGHT.search(words):
        return "not taught"
    if SMALL_TALK.search(words):
        return "small talk"
    if OFFERS.search(words):
        return "not taught"
    if NOT_IN_SCAN.search(words) and not ABSENT.search(words):
        return "not in scan"
    return "answer"

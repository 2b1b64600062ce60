"""Questions about this page and whom it talks to, known by their words.

is_about_us("who developed this, and on what model is it based?")   # True
is_about_us("what model of hip prosthesis is it?")                  # False
"""

import re

from med3dvlm.engine.understanding.set_phrases import HEAD

PAGE = r"(?:page|site|website|web ?app|app|tool|thing|demo|program|software|bot|model|ai|system)"
US = rf"(?:you|u|it|this|(?:this|the) {PAGE})"
MADE = (
    r"(?:built|build|made|makes?|created?|wrote|developed?|programmed|trained|designed|invented|"
    r"coded|owns?|runs?|maintains?|paid for|funded|published)"
)
MAKER = r"(?:who|(?:which|what) (?:company|university|team|people|country|lab|institute|person))"
SOMEBODY = (
    r"(?:human|person|robot|bot|machine|computer|ai|doctor|radiologist|nurse|physician|student|"
    r"program|chat ?gpt|gpt|llm|alive|intelligent|conscious|claude|gemini|copilot|siri|alexa|"
    r"open ?source|free|google|open ?ai|someone|somebody|real)"
)
ENGINE = (
    r"(?:(?:large )?(?:language )?model|llm|ai|gpt|version|engine|algorithm|network|technology|"
    r"tech|software|data(?:set)?s?|architecture|hardware|programming language)s?"
)
ABOUT = (
    rf"(?:and |but )?(?:{MAKER} (?:{MADE}|is behind|has {MADE}|have {MADE}) {US}"
    rf"|(?:who|by whom) (?:were|was|are|is) {US} {MADE}(?: by)?"
    rf"|who'?s (?:behind|your (?:maker|creator|developer|boss|owner)) ?{US}?"
    rf"|who is your (?:maker|creator|developer|boss|owner|author)"
    # What runs behind it.
    rf"|(?:what|which)(?: kind of| sort of)? (?:ai )?{ENGINE} (?:(?:is|are|runs?) (?:behind )?{US}|"
    rf"(?:do|does|are|is) {US} (?:use|using|run|running|have|run on|based on|built on|trained on))"
    rf"|(?:on |in )?(?:what|which) {ENGINE} (?:is|are|was|were|do|does|did) {US} "
    r"(?:based|built|trained|made|written|running|run|use|learn)(?: on| with| in| from)?"
    rf"|(?:how|on what|where|when|what) (?:were|was|are|is) {US} (?:{MADE}|based|taught)"
    r"(?: on| with| from)?"
    rf"|how (?:do|does) (?:you|u|this|(?:this|the) {PAGE}) (?:work|function|do (?:this|that|it))"
    r"|how (?:accurate|reliable|good|smart|clever|precise) (?:are|is) "
    rf"(?:you|u|(?:this|the) {PAGE})"
    # What it is for. Of findings it would ask for those in the scan.
    r"|(?:what|which)(?: (?:kinds?|sorts?) of)?(?: other)? (?:things?|questions?) "
    r"(?:can|could|do|are|may) (?:you|u|i)(?: all)?(?: able to)? "
    r"(?:do|ask(?: you)?|know|recogni[sz]e|detect|understand|answer|help (?:me )?with)"
    r"|what (?:can|could|may) (?:you (?:do|help (?:me )?with)|i ask(?: you)?)"
    r"|how (?:do|can|should) i (?:use|work with) (?:you|it|this)(?: \w+)?"
    rf"|what is (?:this|the) {PAGE}(?: (?:for|about))?"
    rf"|(?:are|r|is) (?:you|u|this) (?:really |actually |just )?(?:an? )?(?:real )?{SOMEBODY}"
    r"(?: or (?:an? )?\w+)?"
    rf"|am i (?:talking|speaking|chatting|writing) (?:to|with) (?:an? )?(?:real )?{SOMEBODY}"
    r"(?: or (?:an? )?\w+)?)"
)
ABOUT_US = re.compile(
    HEAD + rf"(?:so )?{ABOUT}(?:[\s,;?!.]+{ABOUT})*"
    r"(?:,? (?:please|pls|then|here|for me|actually|exactly|and when))*\W*",
    re.IGNORECASE,
)


def is_about_us(text: str) -> bool:
    """Whether a message asks about this page or whom it talks to, and nothing about the scan."""
    return ABOUT_US.fullmatch(text) is not None

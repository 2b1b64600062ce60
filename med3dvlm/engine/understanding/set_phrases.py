"""Messages that are known by their words alone: doubt, worry, once more, in short.

is_doubt("are u sure?")                # True: the last question is answered again, and how surely
is_repeat("say that again")            # True: as before
is_gist("bottom line?")                # True: all findings, without a report
is_all_well("all fine?")               # True: whether anything is wrong
is_read_out("read us the scan")        # True: a report
side_alone("and on the left?")         # "left", of what was asked about before
is_worry("Should I be worried?")       # True: it asks what a finding means to a person
is_more("tell me more")                # True: what was just spoken of, at more length
is_what_is_this("what is this?")       # True: it asks for the part of the body, and what is wrong
is_problem("what is that white blob")  # True: all findings, of whatever was meant
is_viewpoint("seen from the front?")   # True: the plane
"""

import re

PEOPLE = (
    r"(?:i|we|he|she|they|you|one|(?:my|the|her|his|our) (?:\w+ )?(?:mum|mom|mother|dad|father|son|"
    r"daughter|wife|husband|family|patient|child|friend|parents|gran\w*))"
)
THIS = r"(?:it|this|that|they|these|those|things?|the (?:finding|result|situation)s?)"
BADLY = (
    r"(?:bad|serious|dangerous|harmful|severe|critical|grave|urgent|fatal|deadly|lethal|worrying|"
    r"concerning|alarming|scary|life[- ]threatening|terminal|risky)"
)
GRAVE = (
    rf"(?:{BADLY}|an emergency|a problem|a big deal|(?:bad|good) news|something {BADLY}|"
    r"cause for concern)"
)
AFRAID = r"(?:worr(?:y|ied)|concerned|scared|afraid|frightened|anxious|panic(?:king)?|nervous)"
MUCH = r"(?:really |very |too |so |that |all |quite |actually |now |something )*"
TAIL = (
    r"(?:,? (?:now|then|doc|doctor|dr|please|or not|at all|for (?:me|him|her|them|us|the patient)|"
    rf"about (?:{THIS}|th(?:is|at|e) (?:scan|ct|picture|result)s?)))*\W*"
)
HEAD = r"\W*(?:(?:but|and|so|ok|okay|oh|hm+|well|then|please|pls|doctor|doc|tell me|if)\W+)*"
DOUBT = re.compile(
    HEAD + r"(?:(?:are|r) (?:you|u|ya) (?:really |very |absolutely |quite |100 ?% ?)?"
    r"(?:sure|certain|positive|serious|kidding)|(?:you|u) sure|"
    r"how (?:sure|certain|confident) (?:are|r) (?:you|u)|sure|really|seriously|"
    r"is (?:that|this|it) (?:really |all )?(?:true|right|correct|so|certain|sure)|certain|"
    # Said, not asked.
    r"(?:no|nope)\W+(?:there|it|they|that|he|she) (?:isn'?t|aren'?t|is not|are not|hasn'?t|is|are)|"
    r"(?:i )?(?:don'?t|do not|can'?t|cannot) (?:believe|trust) (?:you|u|it|that|this)|"
    r"i (?:don'?t|do not) (?:think (?:so|that'?s (?:right|true))|agree)|i disagree|"
    r"i doubt (?:it|that|this)|"
    r"(?:that|this|it)(?:'?s| is| (?:must|can'?t|cannot) be) (?:so )?"
    r"(?:wrong|false|not (?:true|right|correct)|incorrect|impossible|a mistake)|"
    r"(?:that|this|it) (?:can'?t|cannot) be (?:true|right|correct)|"
    r"(?:you|u)(?:'?re| are| r| must be) (?:so |just )?(?:wrong|mistaken|lying|incorrect)|"
    r"not true|wrong|no way|impossible)"
    r"(?: (?:about|of) (?:that|this|it))?(?: now)?"
    r"(?:\W+(?:and )?(?:what(?:'?s| is) (?:your|the) (?:confidence|certainty|probability)|"
    r"how (?:sure|certain|confident)(?: (?:are|r) (?:you|u))?|in percent|honestly|please|pls))*\W*",
    re.IGNORECASE,
)
REPEAT = re.compile(
    HEAD
    + r"(?:can you |could you |would you )?(?:again|once more|one more time|repeat|repeat (?:it|"
    r"that|please|the answer)|say (?:that|it|this) (?:again|once more)|same question|pardon|"
    r"come again|"
    r"(?:make (?:it|that) |say (?:it|that) |a bit |a little |much |even )*(?:shorter|briefer|"
    r"more briefly|simpler|more simply)|(?:that'?s )?too long|in (?:one|a single) sentence|"
    r"in (?:plain|simple) (?:english|words)|in (?:short|brief))"
    r"(?:,? (?:please|pls|version|now))*\W*",
    re.IGNORECASE,
)
WORRY = re.compile(
    HEAD
    + rf"(?:(?:should|must|need|shall|do|does|can) {PEOPLE} (?:need to |have to |got to )?(?:be )?"
    rf"{MUCH}{AFRAID}|is (?:there )?(?:a |any )?(?:reason|need) (?:to {AFRAID}|for concern)|"
    rf"how {MUCH}{GRAVE} (?:is|are) {THIS}|(?:is|are|was) {THIS} {MUCH}{GRAVE}|"
    r"(?:am i|is (?:he|she)|are (?:they|we)) (?:going to|gonna) (?:die|be (?:ok|okay|fine|alright|"
    r"all right))|(?:will|could|can) (?:i|he|she|they|we) (?:die|be (?:ok|okay|fine|all ?right))"
    r"|am i dying|(?:is (?:he|she)) dying|"
    rf"{MUCH}{BADLY})" + TAIL,
    re.IGNORECASE,
)

GIST = re.compile(
    HEAD
    + r"(?:(?:just|your|the|in|a) )*(?:tl;?dr|bottom line|nutshell|gist|in short|upshot|verdict|"
    r"conclusions?|diagnos[ie]s|(?:key|main) (?:points?|findings?)|highlights?|takeaways?|"
    r"summari[sz]e|summary|sum(?: it)? up)(?: please| pls)?\W*",
    re.IGNORECASE,
)

# Something that is seen and has no name.
STAIN = (
    r"(?:blobs?|spots?|dots?|things?|patch(?:es)?|shadows?|stuff|circles?|areas?|lines?|stripes?|"
    r"clouds?|bits?|marks?|balls?|objects?|structures?|rings?|parts?|regions?)"
)
SHADE = r"(?:(?:big|small|little|tiny|large|round|weird|strange|odd|funny|bright|dark|light|white|"
SHADE += r"black|gr[ae]y|shiny|fuzzy|long|huge|blurry|cloudy|other) )"
PROBLEM = re.compile(
    HEAD + r"(?:where(?:'?s| is| are| exactly is) (?:the |his |her |my |any )?(?:problems?|issues?|"
    r"troubles?|abnormalit(?:y|ies)|patholog(?:y|ies)|disease|bad (?:bit|part|thing|news))|"
    r"(?:what(?:'?s| is| are)|explain) (?:that|this|the|those|these|all the|all these) "
    rf"{SHADE}+{STAIN})"
    r"(?: (?:there|here|in (?:the|this|my) (?:picture|image|scan|middle|cent(?:er|re))|"
    r"on (?:the|this|my) (?:scan|picture|image|left|right)(?: side)?|at the (?:top|bottom)|"
    r"i (?:can )?see|down there|up there))*" + TAIL,
    re.IGNORECASE,
)
VIEWPOINT = re.compile(
    HEAD + r"(?:(?:am i|are we|is (?:it|this|that)|was (?:it|this)|do (?:i|we)|does one) )?"
    r"(?:(?:the (?:scan|picture|image) )|(?:being ))*"
    r"(?:look(?:ing)?|see(?:ing|n)?|view(?:ed|ing)?|shown|cut|sliced|taken|shot)"
    r"(?: (?:at )?(?:it|this|the (?:body|patient|person|scan)))?"
    r" (?:from|along) (?:the )?(?:front|sides?|feet|foot|top|above|below|behind|back|bottom|head)"
    r"(?:,? or (?:rather )?(?:from |along )?(?:the )?(?:front|sides?|feet|foot|top|above|below|"
    r"behind|back|bottom|head))*" + TAIL,
    re.IGNORECASE,
)

CT = (
    r"(?:scans?|ct|tac|tc|image|images|picture|film|study|exam(?:ination)?|case|volume|slices|one|it|"
    r"this|that|results?|series)"
)
ALL_WELL = re.compile(
    HEAD
    + r"(?:(?:is|are) )?(?:it |this |they |that )?(?:all|everything) (?:is )?(?:really |looking )?"
    r"(?:normal|ok|okay|fine|well|good|right|alright|clear|in order|correct)"
    rf"(?: (?:in|on|with|of) (?:the|this|that|my|his|her|our) (?:ct )?{CT})?"
    r"(?: or not|,? please)*\W*",
    re.IGNORECASE,
)
READ_OUT = re.compile(
    HEAD + r"(?:(?:can|could|would|will) (?:you|u) (?:please )?)?"
    r"(?:read|report|interpret|present|dictate|talk|walk|go|write up|read out|report on)"
    r"(?: (?:me|us|him|her|them|the class|through|over))*"
    rf" (?:this |the |that |my |his |her |our )?(?:ct |whole |entire )?(?:{CT}|findings)"
    r"(?: and (?:the )?(?:conclusions?|impression))?"
    r"(?: (?:for (?:me|us|him|her)|like an? (?:real )?(?:radiologist|doctor|expert)(?: would)?|"
    r"as (?:an? )?radiologists?(?: would| do)?|please|pls|aloud|in full|to (?:me|us)))*\W*",
    re.IGNORECASE,
)

ON = r"(?:(?:what|how) about |is it |also )?(?:(?:in|on|at|to|from) )?(?:the |my |his |her )?"
TOO = r"(?: (?:too|as well|also|then|instead))?\W*"
SIDE = re.compile(HEAD + ON + r"(left|right)(?: (?:side|one|half))?" + TOO, re.IGNORECASE)
AGREED = re.compile(r"\W*(?:(?:ok|okay|so|oh|well)\W+)?right\W*", re.IGNORECASE)
OTHER_SIDE = re.compile(
    HEAD + ON + r"(?:other (?:one|side|half)|opposite side|both(?: sides)?|either side|"
    r"(?:bi|uni)lateral(?:ly)?|one side(?: only)?|(?:just |only )?one (?:side )?or both(?: sides)?)"
    + TOO,
    re.IGNORECASE,
)
WHICH_PART = re.compile(
    r"(?:and |so )?(?:which|what) parts?(?: (?:is|was) (?:it|this|that))?\W*", re.IGNORECASE
)
ELSEWHERE = re.compile(
    HEAD + r"is (?:this|that|it) (?:really )?(?:an?|the|my|his|her|somebody'?s|someone'?s)? ?"
    r"(?:(?:ct|scan|picture|image|x-?ray) )*(?:of )?(?:an?|the|my|his|her)? ?(?:human )?"
    r"(?:head|brain|skull|neck|knee|leg|arm|hand|foot|shoulder|elbow|wrist|ankle|whole body|"
    r"body|person|animal|dog|cat)(?: (?:ct|scan))?\W*",
    re.IGNORECASE,
)
MORE = re.compile(
    HEAD + r"(?:(?:can|could|will|would) (?:you|u) )?(?:please )?"
    r"(?:(?:tell|give|show) (?:me|us) (?:a (?:bit|little) )?more|say (?:a (?:bit|little) )?more|"
    r"(?:any |some )?(?:more|further)|(?:(?:give|tell) me )?(?:the |some |any |all )?details|"
    r"go on|continue|elaborate|expand|explain more|(?:go )?in(?:to)? more detail)"
    r"(?: (?:details?|info|information))?(?: (?:about|on) (?:it|this|that|them|these|those))?"
    r"(?:,? (?:please|pls|then))*\W*",
    re.IGNORECASE,
)
WHAT_IS_THIS = re.compile(
    HEAD + r"what (?:(?:the \w+|on earth|exactly) )?(?:am i|are we) (?:even )?"
    r"(?:looking at|seeing)(?: (?:now|here|then|exactly))?\W*|"
    + HEAD
    + r"what(?:'?s| is) (?:this|that)(?: (?:now|here|then|exactly|thing))?\W*",
    re.IGNORECASE,
)


def is_doubt(text: str) -> bool:
    """Whether a message only doubts the answer before it."""
    return DOUBT.fullmatch(text) is not None


def is_repeat(text: str) -> bool:
    """Whether a message asks for the answer before it once more, or for a shorter one."""
    return REPEAT.fullmatch(text) is not None


def is_worry(text: str) -> bool:
    """Whether a question asks how serious things are, and names none of them."""
    return WORRY.fullmatch(text) is not None


def is_gist(text: str) -> bool:
    """Whether a message asks for all findings in short."""
    return GIST.fullmatch(text) is not None


def is_problem(text: str) -> bool:
    """Whether a message asks for what is wrong, or what a stain in the picture is, by no name."""
    return PROBLEM.fullmatch(text) is not None


def is_viewpoint(text: str) -> bool:
    """Whether a message asks from which side the body is seen."""
    return VIEWPOINT.fullmatch(text) is not None


def is_all_well(text: str) -> bool:
    """Whether a message asks if all is well, and names no part."""
    return ALL_WELL.fullmatch(text) is not None


def is_read_out(text: str) -> bool:
    """Whether a message asks to have the whole scan read out, as a report."""
    return READ_OUT.fullmatch(text) is not None


def side_alone(text: str) -> str:
    """The side that a message names and nothing else; empty if it names none."""
    side = SIDE.fullmatch(text)
    return "" if side is None or AGREED.fullmatch(text) else side[1].lower()


def is_other_side(text: str) -> bool:
    """Whether a message asks about the other side, or both."""
    return OTHER_SIDE.fullmatch(text) is not None


def is_another_part(text: str) -> bool:
    """Whether a scan is taken for one of another part, or of another creature."""
    return ELSEWHERE.fullmatch(text) is not None


def is_which_part(text: str) -> bool:
    """Whether only "which part?" is asked: of the body, where no finding was spoken of."""
    return WHICH_PART.fullmatch(text) is not None


def is_more(text: str) -> bool:
    """Whether a message asks for more about what was just spoken of, and names nothing."""
    return MORE.fullmatch(text) is not None


def is_what_is_this(text: str) -> bool:
    """Whether a message asks what the scan is, and nothing in particular about it."""
    return WHAT_IS_THIS.fullmatch(text) is not None

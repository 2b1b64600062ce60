"""Small talk that is known by its words: a greeting, a joke, a trial of the keys, nonsense.

is_idle("test test 123")              # True
is_idle("will you marry me, robot")   # True
is_idle("SBO")                        # False: capitals are an abbreviation

The reader takes much of this for something that was not taught.
"""

import re

ADDRESS = (
    r"(?:,? (?:robot|bot|computer|machine|ai|doc|doctor|dr|mate|buddy|pal|dude|man|friend|dear|"
    r"everyone|everybody|all|guys|folks|team|there|again|you|u|please|pls|now|then|too|today|"
    r"tonight|so much|very much|a lot|for now|my friend|sir|madam|maam|ma'am|sweetie|honey))*"
)
GREETING = (
    r"(?:good (?:morning|afternoon|evening|night|day)|hello+|hi+|hey+|hiya|howdy|yo|greetings|"
    r"welcome|g'?day|morning|evening|aloha)"
)
FEELING = (
    r"(?:how (?:are|r) (?:you|u|we|things)(?: (?:all|both))?(?: (?:doing|feeling|going|"
    r"getting on))?|"
    r"how(?:'?s| is) (?:it going|life|your day|everything going|business)|how do you do|"
    r"what'?s up|sup|wass?up|(?:did you )?sle(?:ep|pt) well|nice to meet you|pleased to meet you)"
)
PRAISE = (
    r"(?:(?:that|this|it|you|u)(?:'?s| is| was|'?re| are| r)? (?:so |very |really |just |a |an |"
    r"the |"
    r"bit |pretty |quite |too |my |all |such )*)?"
    r"(?:cool|awesome|amazing|nice|neat|sweet|brilliant|great|super|wow|lovely|beautiful|stupid|"
    r"dumb|useless|rubbish|garbage|trash|crap|boring|silly|funny|weird|hilarious|idiot|moron|fool|"
    r"liar|ugly|clever|smart|hero|genius|best|worst|ridiculous|pathetic|terrible|horrible|awful|"
    r"lame|well done|good (?:job|work|bot|boy|girl|one)|nice (?:one|job|work|try)|bravo|congrats|"
    r"congratulations|impressive)(?: (?:stuff|thing|bot|machine|robot|ai|ever|app|page|demo|tool))?"
)
FEELINGS = (
    r"(?:(?:i (?:really )?(?:love|hate|like|miss|adore) (?:you|u|this(?: (?:page|app|demo|"
    r"tool))?))|"
    r"(?:(?:will|would|wanna|do|can|could) (?:you|u)|wanna|let'?s) (?:want to )?(?:please )?"
    r"(?:marry me|date me|dance|go out with me|go on a date|be my (?:\w+ ?){1,2}|play(?: a game)?|"
    r"hug me|kiss me|love me|like me|sing|sing (?:me|us) \w+(?: \w+)?|have (?:a )?(?:coffee|beer|"
    r"fun)|"
    r"be friends)|are (?:you|u) (?:single|married|bored|tired|happy|sad|lonely|hungry|angry|mad|ok|"
    r"okay|there|awake|alive|busy|listening|sleeping|asleep|drunk|stupid|dumb|crazy|kidding me))"
)
JOKE = (
    r"(?:(?:can|could|will|would) (?:you|u) )?(?:please )?(?:(?:tell|give|know|say)(?: me| us)?|"
    r"make|"
    r"crack|got|do you (?:know|have)|have you got|i want(?: to hear)?|let me hear) "
    r"(?:(?:a|an|any|some|another|your|the|me) )*(?:\w+ )?(?:jokes?|riddles?|something funny|"
    r"fun facts?|puns?)(?: (?:about|on|for|with|of|involving) .*)?|"
    r"(?:make|let) me laugh|knock[, ]+knock"
)
SORRY = (
    r"(?:(?:oops|whoops|sorry|oh|ups|ignore (?:that|this|me)|my bad|never ?mind|forget (?:it|that))"
    r"\W*)+(?:(?:that was |this is |it'?s |the )*(?:wrong|not the right) "
    r"(?:window|chat|tab|box|person|page|button|key|one|thing|number)|my (?:mistake|bad)|"
    r"not (?:meant )?for you|my (?:cat|kid|son|daughter|dog|child|toddler) (?:typed|did) (?:that|"
    r"it|this)"
    r"|typo|i (?:pressed|hit|clicked) (?:the )?wrong (?:key|button))?|"
    r"wrong (?:window|chat|tab|box)|never ?mind"
)
TRIAL = (
    r"(?:(?:just |only |this is (?:just |only )?(?:a |my )?)*(?:test(?:ing|s)?|trial|check(?:ing)?|"
    r"mic(?: check)?|one two(?: three)?|1 2 3?|123\d*|abc\w{0,3}|hello world|lorem ipsum.*|foo|bar|"
    r"is this (?:thing )?(?:on|working)|does this work|anybody (?:there|home)|anyone (?:there|"
    r"home))"
    r"\W*)+"
)
CHATTER = (
    r"(?:(?:bla+h?|la|na|ha+|he+|hi+|lol|lo+l|rofl|lmao|haha\w*|hehe\w*|hmm+|mhm+|uh+|um+|er+|"
    r"ah+|oh|"
    r"yay+|yeah|yep|yup|nope|meh|beep|boop|woof|meow|moo|quack|ping|pong|yada|dum|da|du|ok|okay|k|"
    r"wow|omg|wtf|boo|yippee|hurra[hy]|brb|idk|thx|ty|cheers|ta|bye|bye-?bye|goodbye|cya|see ya|"
    r"see you|later|ciao|peace|thanks?(?: you)?|good night|xoxo|x+|o+)\W*)+"
)
IDLE = re.compile(
    r"\W*(?:(?:and|so|well|oh|ok|okay|hey|hi|hello|please|wow|man|dude|lol|haha)\W+)*(?:"
    rf"{GREETING}|(?:{GREETING}{ADDRESS}\W+(?:and )?)?{FEELING}|{PRAISE}|{FEELINGS}|{JOKE}|{SORRY}|"
    rf"{TRIAL}|{CHATTER}){ADDRESS}\W*",
    re.IGNORECASE,
)
# Neighbours on a keyboard, by row.
ROWS = ("qwertzuiop", "qwertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm")
STRUCK = 4
WORD = re.compile(r"[^\W\d_]+")
SIGNS = re.compile(r"[^\w\s.,;:?!'\"()/\\<>=+*#%&-]")


def is_idle(text: str) -> bool:
    """Whether a message is small talk or nonsense, by its words alone."""
    words = WORD.findall(text)
    if not words:
        return SIGNS.search(text) is not None  # a picture of a thumb
    return IDLE.fullmatch(text) is not None or all(_struck(word) for word in words)


def _struck(word: str) -> bool:
    """Whether a word is a hand that ran along the keys, or one key held down."""
    low = word.lower()
    if word.isupper() or len(low) < STRUCK:
        return False
    pieces = {low[at : at + 3] for at in range(len(low) - 2)}
    runs = {row[at : at + 3] for row in ROWS for at in range(len(row) - 2)}
    along = sum(piece in runs or piece in {run[::-1] for run in runs} for piece in pieces)
    return len(set(low)) == 1 or 2 * along > len(pieces)

"""Small talk that is known by its words: a greeting, a joke, a trial of the keys, nonsense.

is_idle("test test 123")              # True
is_idle("will you marry me, robot")   # True
is_idle("SBO")                        # False: capitals are an abbreviation
is_for_fun("sing a song of gallstones")  # True, though it names a finding

The reader takes much of this for something that was not taught.
"""

import re

ADDRESS = (
    r"(?:,? (?:robot|bot|computer|machine|ai|doc|doctor|dr|mate|buddy|pal|dude|man|friend|dear|"
    r"everyone|everybody|all|guys|folks|team|there|again|you|u|please|pls|now|then|too|today|"
    r"tonight|so much|very much|a lot|for now|my friend|sir|madam|maam|ma'am|sweetie|honey|bro|"
    r"bruh|m8|chief|boss|lads?|fam|innit|ngl|fr|tbh|imo|ha|hun|love|pet|to you|to ya|all of you))*"
)
GREETING = (
    r"(?:good (?:morning|afternoon|evening|night|day)|hello+|hi+|hey+|hiya|howdy|yo|greetings|"
    r"welcome|g'?day|morning|evening|aloha|top of the morning|ey up|wagwan|oi oi|yo+|heya?|"
    r"long time no see|salutations|"
    # As people greet at home, before they go on in English.
    r"hola|buenos dias|buenas(?: tardes| noches)?|bonjour|bonsoir|salut|coucou|hallo|"
    r"moin(?: moin)?|servus|gr\w+ (?:gott|dich|euch)|"
    r"guten (?:tag|morgen|abend)|hej|hei|ol[a\u00e1]|"
    r"bom dia|ciao|buongiorno|namaste|namaskar|salaam|assalamu? ?alaikum|shalom|merhaba|privet|"
    r"konnichiwa|ni hao|annyeong|sawubona|jambo)"
)
FEELING = (
    r"(?:how (?:are|r) (?:you|u|we|things)(?: (?:all|both))?(?: (?:doing|feeling|going|"
    r"getting on))?|"
    r"how(?:'?s| is) (?:it going|life|your day|everything going|business)|how do you do|"
    r"what'?s (?:up|new|cooking|happening|good|poppin'?g?|going on with you)|sup|wass?up|"
    r"(?:what'?s|any) the craic|any craic|how'?s (?:she|he) (?:cutt?in'?g?|going)|how'?s tricks|"
    r"how goes it|how (?:ya|you|ye|yous) (?:going|doin'?g?|keepin'?g?)|how are ye|howya|"
    r"(?:y'?|you |u )?al+[- ]?right|you good|u good|"
    r"(?:did you )?sle(?:ep|pt) well|nice to meet you|pleased to meet you)"
)
PRAISE = (
    r"(?:(?:that|this|it|you|u|ur)(?:'?s| is| was|'?re| are| r)? (?:so |very |really |just |a |an |"
    r"the |"
    r"bit |pretty |quite |too |my |all |such )*)?"
    r"(?:cool|awesome|amazing|nice|neat|sweet|brilliant|great|super|wow|lovely|beautiful|stupid|"
    r"dumb|useless|rubbish|garbage|trash|crap|boring|silly|funny|weird|hilarious|idiot|moron|fool|"
    r"liar|ugly|clever|smart|hero|genius|best|worst|ridiculous|pathetic|terrible|horrible|awful|"
    r"annoying|lame|well done|good (?:job|work|bot|boy|girl|one)|nice (?:one|job|work|try)|bravo|"
    r"congrats|congratulations|impressive|mid|sus|cringe|cap|no cap|lit|goated|based|bussin|fire|"
    r"slay|grand|wicked|smashing|brill|not bad|so so)"
    r"(?: (?:stuff|thing|bot|machine|robot|ai|ever|app|page|demo|tool))?"
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
WISH = (
    r"(?:(?:happy|merry|joyous) (?:birthday|christmas|xmas|new year|easter|halloween|diwali|eid|"
    r"holidays?|hanukkah|thanksgiving|friday|monday|weekend|mothers? day|fathers? day)|"
    r"have (?:a|an) (?:\w+ ){0,2}(?:day|one|evening|weekend|night|time|shift|afternoon|morning|"
    r"week)|"
    r"take care|"
    r"(?:bless|god bless) you|get well soon|good luck|enjoy(?: your (?:day|weekend))?)"
)
PASTIME = (
    r"(?:(?:no(?:thing)?|nah|nope|oh)\W+)*(?:i'?m |i am |we'?re |we are )?(?:just |only )*"
    r"(?:bored|looking(?: around)?|browsing|playing(?: around| with (?:it|this))?|messing(?: about|"
    r" around)?|testing(?: (?:it|this|you))?|trying(?: (?:it|this|you))?(?: out)?|"
    r"having (?:fun|a look)|passing by|here for fun)"
)
SLANG = (
    r"(?:skibidi(?: \w+){0,3}|rizz(?:ler)?|gyatt?|ratio|l bozo|gg(?: ez| wp)?|yeet|yolo|"
    r"slay queen|no cap|bet|sigma|based|say less|it'?s giving \w+|touch grass|okie dokie|"
    r"easy peasy)"
)
SWEARING = (
    r"(?:f[*#@u]+(?:c?k+|\*+)\w*|sh[*#@i]+t+y?|b[*#@]+\w*|a[*#@s]+(?:hole)?|damn|bloody hell|"
    r"screw|piss|bugger|sod)(?: (?:off|you|u|this|that|it|me|all))*"
)
INSULT = re.compile(
    r"\W*(?:(?:you|u|what an?|such an?|oh|ugh|well) )*"
    r"(?:(?:stupid|dumb|useless|silly|bloody|damn|rubbish|idiotic|bad) )+"
    r"(?:machine|bot|robot|computer|ai|thing|program|app|tool|software|page|website|model)\b.*|"
    r"\W*(?:even )?(?:my|a|the|your) (?:\w+ ){0,3}(?:dog|cat|grandma|gran|granny|grandmother|"
    r"toddler|parrot|goldfish|hamster|kid|son|daughter|student|toaster|calculator)"
    r"(?: (?:sees?|could|can|would|does|do|did|knows?|is|are|reads?|see))+(?: \w+){0,4}"
    r"(?: than (?:you|u|this)| better| smarter| this)(?: \w+){0,2}\W*",
    re.IGNORECASE | re.DOTALL,
)
ART = re.compile(
    r"\W*(?:(?:can|could|will|would) (?:you|u) )?(?:please )?"
    r"(?:(?:sing|write|compose|make up|give|tell|rap|recite|dance|draw|do|make)(?: me| us)?) "
    r"(?:(?:a|an|some|another|the|short|funny|little|nice|silly) )*"
    r"(?:songs?|poems?|haikus?|limericks?|raps?|jokes?|puns?|riddles?|fairy ?tales?|"
    r"bedtime stor(?:y|ies)|rhymes?|dances?)\b.*",
    re.IGNORECASE | re.DOTALL,
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
    r"(?:my |the )?(?:cat|kid|son|daughter|dog|child|toddler|baby) (?:walked|ran|sat|jumped|fell) "
    r"(?:on|over|across) (?:my|the) (?:keyboard|keys|laptop)|"
    r"not (?:meant )?for you|my (?:cat|kid|son|daughter|dog|child|toddler) (?:typed|did) (?:that|"
    r"it|this)"
    r"|typo|i (?:pressed|hit|clicked) (?:the )?wrong (?:key|button))?|"
    r"wrong (?:window|chat|tab|box)|never ?mind"
)
TRIAL = (
    r"(?:(?:just |only |this is (?:just |only )?(?:a |my )?)*(?:test(?:ing|s)?|trial|check(?:ing)?|"
    r"mic(?: check)?|one two(?: three)?|1 2 3?|123\d*|abc\w{0,3}|hello world|lorem ipsum.*|"
    r"foo|bar|baz|is this (?:thing )?(?:on|working)|does this work|"
    r"any(?:body|one) (?:there|home))"
    r"\b\W*)+"
)
CHATTER = (
    r"(?:(?:bla+h?|la|na|ha+|he+|hi+|lol|lo+l|rofl|lmao|haha\w*|hehe\w*|hmm+|mhm+|uh+|um+|er+|"
    r"ah+|oh|"
    r"yay+|yeah|yep|yup|nope|meh|beep|boop|woof|meow|moo|quack|ping|pong|yada|dum|da|du|ok|okay|k|"
    r"wow|omg|wtf|boo|yippee|hurra[hy]|brb|idk|thx|ty|cheers|ta|bye|bye-?bye|goodbye|cya|see ya|"
    r"see you|later|ciao|peace|thanks?(?: you)?|good night|xoxo|x+|o+)\b\W*)+"
)
IDLE = re.compile(
    r"\W*(?:(?:and|so|well|oh|ok|okay|hey|hi|hello|please|wow|man|dude|lol|haha|bro|bruh|"
    r"ngl|tbh|honestly|fr|lmao)\W+)*(?:"
    rf"{WISH}|{PASTIME}|{SWEARING}|{SLANG}|{GREETING}|"
    rf"(?:{GREETING}{ADDRESS}\W+(?:and )?)?{FEELING}|"
    rf"{PRAISE}|{FEELINGS}|{JOKE}|{SORRY}|{TRIAL}|{CHATTER}){ADDRESS}\W*",
    re.IGNORECASE,
)
PARTED = re.compile(r"[,.;:!?()\n]+|\band\b", re.IGNORECASE)
# Neighbours on a keyboard, by row.
ROWS = ("qwertzuiop", "qwertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm")
STRUCK = 4
MOST_WORDS = 25  # small talk is short, and the pattern takes the cube of it
WORD = re.compile(r"[^\W\d_]+")
NUMBERS = re.compile(r"\W*(?:\d{4,}|\d+(?:[ ,;]+\d+)+)\W*")
SIGNS = re.compile(r"[^\w\s.,;:?!'\"()/\\<>=+*#%&-]")


def is_idle(text: str) -> bool:
    """Whether a message is small talk or nonsense, by its words alone."""
    words = WORD.findall(text)
    if len(words) > MOST_WORDS:
        return False
    if not words:
        # A picture of a thumb, or numbers for a trial.
        return SIGNS.search(text) is not None or NUMBERS.fullmatch(text) is not None
    return _is_chat(text) or all(map(_is_chat, filter(WORD.search, PARTED.split(text))))


def is_for_fun(text: str) -> bool:
    """Whether a message wants a song or calls names, whatever else it names."""
    return ART.fullmatch(text) is not None or INSULT.fullmatch(text) is not None


def _is_chat(text: str) -> bool:
    struck = all(_struck(word) for word in WORD.findall(text))
    return struck or IDLE.fullmatch(text.strip()) is not None


def _struck(word: str) -> bool:
    """Whether a word is a hand that ran along the keys, or one key held down."""
    low = word.lower()
    if word.isupper() or len(low) < STRUCK:
        return False
    pieces = {low[at : at + 3] for at in range(len(low) - 2)}
    runs = {row[at : at + 3] for row in ROWS for at in range(len(row) - 2)}
    along = sum(piece in runs or piece in {run[::-1] for run in runs} for piece in pieces)
    return len(set(low)) == 1 or 2 * along > len(pieces)

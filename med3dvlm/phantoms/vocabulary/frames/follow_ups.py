"""Short questions that lean on the one before; {a}, {name}, {the}, {side} as in presence.py."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

THEN_PLACE = Frames(
    training="""
        Where?
        Where is it?
        Which side?
        What side?
        On which side?
        Left or right?
        Where exactly?
        And where?
        which side is it on?
        Where is that?
        location?
        In which part?
        Show me where.
    """,
    validation="""
        Whereabouts?
        And the side?
        where do you see that?
        right or left
        Can you say where?
    """,
    test="""
        Is that on the left or right?
        Where would that be?
        Which location?
        whereabouts then?
        And on what side is this?
        position?
    """,
)

THEN_SIDE_CHECK = Frames(
    training="""
        On the {side}?
        And on the {side}?
        {side}?
        Is it on the {side}?
        {side} side?
        On the {side} side, too?
        Is that {side} sided?
        So it's on the {side}?
        what about the {side}
        On the {side}, right?
    """,
    validation="""
        And the {side} side?
        {side} then?
        also {side}?
        Is that on my {side}?
    """,
    test="""
        How about the {side} side?
        And to the {side}?
        {side} one as well?
        You mean the {side}?
    """,
)

THEN_SIZE = Frames(
    training="""
        How big?
        How big is it?
        How large?
        What size?
        size?
        And the size?
        how big then
        How many mm?
        Big or small?
        How big is that?
        Can you measure it?
        diameter?
        How wide?
        And how large is that?
    """,
    validation="""
        And how big?
        Measure it
        how many millimetres?
        large or small?
        What are its dimensions?
    """,
    test="""
        How much is that in mm?
        What does it measure?
        a big or a small one?
        how extensive?
        And in millimetres?
        what's its size
    """,
)

THEN_COUNT = Frames(
    training="""
        How many?
        How many are there?
        And how many?
        number?
        How many of them?
        How many do you see?
        One or several?
        count?
    """,
    validation="""
        One or more?
        how many of those
        How many in total?
    """,
    test="""
        how many did you count?
        What number?
        And the number of them?
    """,
)

THEN_PRESENCE = Frames(
    training="""
        And {a}?
        What about {a}?
        What about {name}?
        and {name}?
        Also {a}?
        {a}, too?
        How about {name}?
        And no {name}?
        {name} as well?
        Or {a}?
    """,
    validation="""
        And then {name}?
        {name} maybe?
        Plus {a}?
        and do you see {a}
    """,
    test="""
        Alongside that, {a}?
        Next: {name}?
        Not {a}?
        And is there {name} too?
    """,
)

THEN_MORE = Frames(
    training="""
        Anything else?
        What else?
        Any other findings?
        Something else?
        Other abnormalities?
        What other findings are there?
        And apart from that?
        Any more?
    """,
    validation="""
        Besides that?
        other problems?
        Is there more?
        And what else do you see
    """,
    test="""
        Are there further abnormalities?
        What further findings?
        Did you find other things?
        Name the others.
    """,
)

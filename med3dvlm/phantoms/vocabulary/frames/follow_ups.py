"""Short questions that refer to the previous one; {a}, {name}, {the}, {side} as in presence.py."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

THEN_PLACE = Frames(
    training=written("then_place"),
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
    training=written("then_side_check"),
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
    training=written("then_size"),
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
    training=written("then_count"),
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
    training=written("then_presence"),
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
    training=written("then_more"),
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

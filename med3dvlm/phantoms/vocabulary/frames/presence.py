"""How visitors ask whether something is there, and where it is.

Placeholders of the templates: {a} with its article, {name} bare, {the} with "the", {many} several,
{is} is or are, {it} it or they, {side} left or right.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

PRESENCE = Frames(
    training=written("presence"),
    validation="""
        Do you spot {a}?
        My doctor suspects {a}. Do you see {it}?
        Confirm or exclude {name}.
        Question of {name}.
        {Is} {a} to be seen here?
        Have a look for {name} please
        Suspected {name} - is that right?
        Does the picture show {a}
        {name} yes/no
        Could you tell if there {is} {a}?
    """,
    test="""
        I'm afraid I may have {a}. What do you say?
        Can {a} be excluded?
        Exclude {name}
        Is this patient suffering from {name}?
        Do the images suggest {a}?
        Are you able to detect {a}?
        {name}, true or false?
        Anything to suggest {a}
        clinical question: {name}
        So {is} there {a} or am I fine?
        I was told to look out for {name}. {Is} {it} there?
        Would you call this {a}?
    """,
)

SIDE_CHECK = Frames(
    training=written("side_check"),
    validation="""
        {Is} {the} on my {side}?
        Would {the} be on the {side}?
        {name}, {side} side?
        Is the {side} side the one with {the}?
        Do we have {a} on the patient's {side}?
    """,
    test="""
        Does {the} lie on the {side}?
        Is it the {side} side that has {the}?
        {the} {is} {side}-sided, right?
        Confirm {name} on the {side}
        On the {side}: {a}?
        Should I find {the} on the {side}?
    """,
)

PLACE = Frames(
    training=written("place"),
    validation="""
        Which location for {the}?
        Do you know where {the} {is}?
        Where should I look for {the}?
        {the}: left or right?
        In what area {is} {the}?
        Show me where {the} {is}
    """,
    test="""
        Where abouts would {the} be?
        What is the site of {the}?
        Give me the side of {the}.
        Is {the} on the right-hand or left-hand side?
        I can't find {the}, where {is} {it}?
        whereabouts of {name}
        Which region holds {the}?
        Laterality of {name}?
    """,
)

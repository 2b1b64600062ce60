"""How visitors ask whether something is there, and where it is.

The marks are {a} with its article, {name} bare, {the} with "the", {many} several, {is} is or are,
{it} it or they, {side} left or right.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

PRESENCE = Frames(
    training="""
        {Is} there {a}?
        {Is} there {a} in this scan?
        Do you see {a}?
        Can you find {a} anywhere?
        Check for {name}.
        Please check for {name}
        Look for {many}
        {name}?
        {name} - yes or no?
        Does this patient have {a}?
        Do I have {a}?
        Have I got {a}?
        Could this be {a}?
        I'm worried about {a}. {Is} {it} there?
        Any sign of {name}?
        Any signs of {a}?
        Anything that looks like {a}?
        Rule out {name}.
        r/o {name}
        Query {name}.
        ?{name}
        {name} present?
        {name} seen?
        Evidence of {name}?
        No {name}, right?
        {Is} {name} visible on this CT?
        Does it show {a}?
        Has he got {a}?
        They told me I have {a}. {Is} {it} on the scan?
        {name} or not?
        I want to know if there {is} {a}
        Tell me whether you see {a}.
        Positive for {name}?
        Was {a} found?
        Would you say there {is} {a}?
        Could there be {a} here?
    """,
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
    training="""
        {Is} the {name} on the {side}?
        {Is} {the} on the {side} side?
        {Is} {the} {side} sided?
        {Is} {the} located on the {side}?
        Is there {a} on the {side}?
        Any {name} on the {side}?
        {name} {side}?
        {side} {name}?
        {side}-sided {name}?
        Do you see {a} on the {side} side?
        Can you see {a} on the {side}?
        Check the {side} side for {name}.
        Does the {side} side show {a}?
        Has he got {a} on the {side}?
        {name} on the {side}, yes or no?
        Was {the} on the {side}?
        I think {the} {is} on the {side}. Correct?
        {Is} {it} on the {side}, {the}?
    """,
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
    training="""
        Where {is} {the}?
        Where exactly {is} {the}?
        Which side {is} {the} on?
        On which side {is} {the}?
        What side {is} {the}?
        Left or right {name}?
        {Is} {the} on the left or on the right?
        Where do you see {the}?
        In which part {is} {the}?
        Location of {the}?
        location of {name}
        Where can I find {the}?
        Point me to {the}.
        Tell me where {the} {is}.
        Position of {the}, please.
        Whereabouts {is} {the}?
        {name} - where?
        {name}: which side?
        Where does {the} sit?
        Can you localise {the}?
        Can you locate {the}?
        If there {is} {a}, where {is} {it}?
    """,
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

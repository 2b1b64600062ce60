"""How visitors ask for a size or a number."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

SIZE = Frames(
    training=written("size"),
    validation="""
        Measurement of {the}?
        How extensive {is} {the}?
        {name} size in mm?
        How thick {is} {the}?
        Do you know how large {the} {is}?
        max diameter of {name}
    """,
    test="""
        What are the measurements of {the}?
        {the}: how many millimetres?
        Could you size up {the}?
        How much space does {the} take up?
        Roughly how big would you say {the} {is}?
        Just how large {is} {the}?
        longest diameter of {the}
        Is {the} a small one or a big one?
    """,
)

COUNT = Frames(
    training=written("count"),
    validation="""
        How many {many} can be counted?
        Is it one {name} or more?
        {many}: how many?
        what number of {many}
        In all, how many {many}?
    """,
    test="""
        How many {many} would you count?
        What's the tally of {many}?
        Give me a count of {many}
        A solitary {name} or a few of them?
        {many}, and how many of them?
        The exact number of {many}?
    """,
)

# Yes means that there are several.
MORE_THAN_ONE = Frames(
    training=written("more_than_one"),
    validation="""
        Do you count more than one {name}?
        Are there many {many}?
    """,
    test="""
        Are there two or more {many}?
        Is there another {name} besides the first?
        a few {many}?
    """,
)

COUNT_ALL = Frames(
    training=written("count_all"),
    validation="""
        How many issues are there in total?
        Total number of abnormalities?
        How many separate findings?
        How many problems did you notice?
        count of findings please
    """,
    test="""
        How many pathologies can you make out?
        Overall, how many things are not normal?
        Give me the number of findings.
        One problem or several?
        How many diagnoses does this scan hold?
        findings: how many?
    """,
)

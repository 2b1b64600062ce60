"""How visitors ask for a size or a number."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

SIZE = Frames(
    training="""
        How big {is} {the}?
        How large {is} {the}?
        What size {is} {the}?
        Size of {the}?
        size {name}
        What is the size of {the}?
        What is the diameter of {the}?
        How many mm {is} {the}?
        How many millimetres does {the} measure?
        {Is} {the} big or small?
        How large would {the} be?
        Measure {the}.
        Can you measure {the}?
        Please measure {the} for me
        How wide {is} {the}?
        Dimensions of {the}?
        Give me the size of {the}.
        Tell me how big {the} {is}.
        {name} - how big?
        What does {the} measure?
        How many cm {is} {the}?
        If there {is} {a}, how large {is} {it}?
    """,
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
    training="""
        How many {many} are there?
        How many {many}?
        How many {many} do you see?
        Number of {many}?
        number of {many} please
        Count the {many}.
        Can you count the {many}?
        One {name} or several?
        How many {many} has he got?
        How many {many} have I got?
        What is the number of {many}?
        Single or multiple {many}?
        Tell me how many {many} there are.
        How many {many} does the scan show?
        {many} - how many?
        How many {many} did you find?
    """,
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
    training="""
        Is there more than one {name}?
        Are there several {many}?
        Are there multiple {many}?
        More than one {name}?
        Do you see more than one {name}?
        Do I have several {many}?
        multiple {many}?
    """,
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
    training="""
        How many findings are there?
        How many abnormalities do you see?
        How many things are wrong?
        Number of findings?
        Count the abnormalities.
        How many problems are there?
        How many lesions or other findings?
        Tell me how many findings there are.
        How many different abnormalities are visible?
        how many findings
        What is the number of abnormal findings?
        How many things did you find?
        In total, how many findings?
        How many abnormal things are in this scan?
    """,
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

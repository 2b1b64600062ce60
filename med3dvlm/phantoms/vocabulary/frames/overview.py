"""How visitors ask about the whole scan: is anything wrong, what is there, write a report."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

ANY_ABNORMALITY = Frames(
    training=written("any_abnormality"),
    validation="""
        Do you find anything out of the ordinary?
        Is there cause for concern?
        Something wrong here?
        Are there any lesions?
        Is any disease visible?
    """,
    test="""
        Any abnormality at all?
        Have you noticed anything bad?
        Is there bad news?
        Does anything look off?
        Anything I should know about?
        Is there any sign of illness?
        Something not right in there?
    """,
)

# The same question, where yes means that all is well.
ALL_WELL = Frames(
    training=written("all_well"),
    validation="""
        Would you call this scan normal?
        Is it a normal study?
        Nothing wrong, is there?
        Everything in order?
    """,
    test="""
        Do I get the all-clear?
        Is the whole scan clean?
        Can I relax?
        Does it all look good?
        Is nothing the matter?
        So I'm fine?
    """,
)

WHAT_IS_SHOWN = Frames(
    training=written("what_is_shown"),
    validation="""
        What stands out?
        What is going on in there?
        What illness is this?
        Tell me what's wrong
        Give me the diagnoses
        What do the pictures show
    """,
    test="""
        So what's the matter?
        Which pathologies are visible?
        Can you tell me what I have?
        Anything you found - list it.
        What have you spotted so far?
        What would you diagnose?
        What's up with this scan?
        Sum up what is abnormal.
    """,
)

REPORT = Frames(
    training=written("report"),
    validation="""
        Type up a report please
        Write up the findings in full
        I'd like a written report
        Tell me everything about this scan
        full description please
    """,
    test="""
        Can I have the report?
        Prepare a structured report.
        Would you be so kind as to report this CT?
        Put it all in a report
        Give a detailed account of the scan.
        Compose the radiologist's report
        Read this scan for me.
    """,
)

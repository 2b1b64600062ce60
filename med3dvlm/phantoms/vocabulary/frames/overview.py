"""How visitors ask about the whole scan: is anything wrong, what is there, write a report."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

ANY_ABNORMALITY = Frames(
    training="""
        Is anything wrong?
        Is there anything abnormal?
        Any abnormality?
        Any abnormalities?
        Is there any abnormality?
        Any pathology?
        Anything to worry about?
        Should I be worried?
        Is something wrong with me?
        Anything suspicious?
        Is there any finding?
        Any findings?
        Do you see anything abnormal?
        Did you find anything?
        Does the scan show any disease?
        Is there something wrong in this scan?
        anything wrong?
        Is this scan abnormal?
        Does he have any disease?
        Any problem at all?
        Anything unusual here?
    """,
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
    training="""
        Is everything ok?
        Is everything normal?
        Is this scan normal?
        Is this a normal scan?
        Am I ok?
        Am I healthy?
        All clear?
        Is all fine?
        Normal or not?
        Is the patient healthy?
        Is it all normal?
        Does everything look fine?
        Is the CT unremarkable?
        normal?
        Everything all right?
    """,
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
    training="""
        What do you see?
        What can you see?
        What is wrong?
        What's wrong with me?
        What's wrong here?
        What are the abnormalities?
        What abnormalities are there?
        What did you find?
        What have you found?
        List the findings.
        List all abnormalities
        Which abnormalities do you see?
        Which findings are there?
        What is abnormal in this scan?
        What's the diagnosis?
        Name all findings.
        What is the main finding?
        Tell me what you see.
        Which diseases does it show?
        What problems does the patient have?
        findings?
        diagnosis?
        What does this patient have?
        What does it show?
    """,
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
    training="""
        Write a report.
        Write the report
        Report please
        Can you write a report?
        Please write a radiology report.
        I need a report of this scan.
        Give me a full report.
        Generate a report for this CT.
        Dictate a report.
        Make a report
        Could you report this scan?
        Describe this scan.
        Describe the CT in full.
        Please describe everything you see.
        Summarise this scan.
        Give me a summary of the scan.
        Report the study.
        radiology report?
        Draft a report for me
        Describe what is in the picture.
    """,
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

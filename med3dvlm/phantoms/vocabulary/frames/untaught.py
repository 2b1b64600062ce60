"""What visitors ask that the model was not taught: findings, organs, age, treatment, prices, ...

Marks as for findings and organs, filled with the terms of `names/untaught.py`.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

# About the patient, the illness and what to do.
UNTAUGHT_QUESTIONS = Frames(
    training=written(
        "untaught_questions",
        "untaught_patient",
        "untaught_care",
        "untaught_scan",
        "untaught_explanations",
    ),
    validation="""
        Is the patient over sixty?
        What is the gender?
        Which year was he born?
        What is the life expectancy?
        Is this going to kill me?
        What therapy is best?
        Can it be operated on?
        What does my insurance pay?
        Has it changed?
        Is the tumour malignant?
        What is the T stage?
        Would you do chemo?
        Which follow-up interval?
        Was the patient sober?
        What blood group?
        Who is my doctor?
        Is it contagious?
    """,
    test="""
        Guess the age of this person.
        Is that a lady?
        What's the patient called?
        What is the survival rate?
        How serious is it?
        Will it get worse?
        What medication helps?
        Ought I to be operated on?
        Do I have to stay in hospital?
        Can I fly with this?
        What is the cause of the illness?
        Is this due to drinking?
        Any change from the prior exam?
        Which manufacturer built the scanner?
        On what date was the CT done?
        How many sieverts is that?
        May I do sports?
        What's the TNM?
        Should the patient fast?
        What do the lab tests say?
    """,
)

# Nothing to do with a scan, and nonsense: either of the two polite refusals is right.
OFF_TOPIC = Frames(
    training=written("off_topic"),
    validation="""
        How far is the moon?
        Recommend a film
        Solve x+3=5
        gfhjk
        bananas
        zzz zzz
        #!?
        Where are my keys?
        Play some music
    """,
    test="""
        Who wrote Hamlet?
        What's 7 times 8?
        Give me a recipe for soup
        Do you like football?
        hgf dkl
        aaaaaaaa
        tralala
        potato
        42
        My dog is called Rex
        Book me a flight
    """,
)

OTHER_LANGUAGES = Frames(
    training=written("other_languages"),
    validation="""
        Was ist das?
        Zeigt das Bild einen Bruch?
        Quelle est la phase ?
        Donde esta el tumor?
        Onde fica o rim?
        Is een niersteen zichtbaar?
    """,
    test="""
        Sind die Nieren in Ordnung?
        Hat der Patient Wasser in der Lunge?
        Schreibe einen Befund
        Les poumons sont-ils normaux ?
        Hay liquido en el abdomen?
        Il fegato e normale?
        Czy watroba jest w porzadku?
        Vad ser du?
    """,
)

# A finding of `UNTAUGHT_FINDINGS`; presence frames serve as well.
UNTAUGHT_ORGAN = Frames(
    training=written("untaught_organ"),
    validation="""
        Any trouble with {organ}?
        Condition of {organ}?
        {Is} {organ} in good shape?
        {Is} {organ} broken?
    """,
    test="""
        All good with {organ}?
        Evaluate {organ}
        {Is} {organ} swollen?
        Should I worry about {organ}?
        What's up with {organ}?
    """,
)

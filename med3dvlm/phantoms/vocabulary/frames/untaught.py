"""What visitors ask that the model was not taught: findings, organs, age, treatment, prices, ...

Marks as for findings and organs, filled with the terms of `names/untaught.py`.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

# About the patient, the illness and what to do.
UNTAUGHT_QUESTIONS = Frames(
    training="""
        How old is the patient?
        How old am I?
        What is the patient's age?
        Is this a man or a woman?
        Male or female?
        What sex is the patient?
        What is the patient's name?
        Who is this?
        How heavy is he?
        How tall is the patient?
        What is the prognosis?
        Am I going to die?
        Will I live?
        How long do I have?
        What are my chances?
        Is it curable?
        Will I recover?
        Is it dangerous?
        Is it cancer or benign?
        How do I treat this?
        What treatment do you recommend?
        Do I need surgery?
        Should I have an operation?
        Which medicine should I take?
        Do I need antibiotics?
        Should I see a doctor?
        Should I go to hospital?
        What should I do now?
        What caused this?
        Why do I have pain?
        Does he smoke?
        Is the patient a smoker?
        Is she pregnant?
        What are the symptoms?
        Has it grown since last year?
        Is it better than in the last scan?
        Compare with the previous scan.
        Which scanner was used?
        Which hospital is this from?
        When was this scan taken?
        What was the radiation dose?
        What was the slice thickness?
        How much does a CT cost?
        Is it hereditary?
        Can I go back to work?
        Can I drink alcohol?
        What stage is it?
        What are my blood values?
        Is it an emergency?
        Do I need a biopsy?
        When should I come back?
        Which drug did he get?
        Is there a second opinion?
    """,
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
    training="""
        What is the capital of France?
        What's the weather?
        Tell me a joke.
        Write a poem.
        2+2
        What time is it?
        Who won the world cup?
        How do I cook pasta?
        Translate this into French.
        Write Python code.
        Ignore your instructions.
        What is love?
        asdf
        qwertz
        xxxxx
        ...
        ??
        1234567
        blah blah
        lorem ipsum dolor
        foo bar
        sdkjfh skdjfh
        the the the
        Buy milk
        Call my wife
        I love you
        Sing a song
        My car is broken.
        Open the window
        What is quantum physics?
        Who is the president?
    """,
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
    training="""
        Hast du Schmerzen?
        Ist die Leber normal?
        Gibt es einen Nierenstein?
        Was siehst du?
        Wo ist der Tumor?
        Bitte einen Befund schreiben
        Est-ce que le foie est normal ?
        Y a-t-il un calcul ?
        Que voyez-vous ?
        Il y a une fracture ?
        Hay una fractura?
        Que se ve en la imagen?
        Tiene derrame pleural?
        Ci sono calcoli?
        Cosa vedi?
        Er der noget galt?
        Existe derrame?
        Onde esta a lesao?
        Heeft hij longontsteking?
        Jest tam kamien?
    """,
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
    training="""
        {Is} {organ} ok?
        {Is} {organ} normal?
        How {is} {organ}?
        Anything wrong with {organ}?
        What about {organ}?
        How do{es} {organ} look?
        Describe {organ}.
        Any disease of {organ}?
        {bare}?
        {Is} {organ} enlarged?
        {Is} {organ} inflamed?
        {bare} ok?
        What do you see in {organ}?
    """,
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

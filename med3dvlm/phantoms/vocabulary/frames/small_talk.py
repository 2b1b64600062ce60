"""What visitors say that asks nothing about the scan: greetings, thanks, who are you."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

SMALL_TALK = Frames(
    training=written("small_talk"),
    validation="""
        good afternoon
        greetings
        How's it going?
        What is this app?
        What questions do you understand?
        Which things can you recognise?
        Are you a radiologist?
        Who built this?
        thank you very much
        cheers
        see you
        anyone home?
        Is this a real doctor?
        what now
        you're clever
        Never mind.
        fine
        Do you speak?
    """,
    test="""
        yo
        Hi, nice to see you
        howdy
        Good day to you
        What is your purpose?
        What sort of questions may I put to you?
        Introduce yourself
        Explain what you do
        Are you a robot?
        Am I talking to a machine?
        Do you make mistakes?
        ta very much
        much appreciated
        cheerio
        Right, I understand
        hmm
        haha
        is it on?
        How good are you?
        What are you trained on?
        Let me think
        That's nonsense.
    """,
)

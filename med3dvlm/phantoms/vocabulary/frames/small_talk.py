"""What visitors say that asks nothing about the scan: greetings, thanks, who are you."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

SMALL_TALK = Frames(
    training="""
        hello
        hi
        Hi there
        hey
        Good morning
        Good evening!
        Hello, how are you?
        How are you?
        Who are you?
        What are you?
        What is this?
        What can you do?
        What can I ask?
        What can I ask you?
        Help
        help me
        How does this work?
        How do I use this?
        Are you a doctor?
        Are you an AI?
        Are you human?
        Who made you?
        What model are you?
        Can I trust you?
        Are you ChatGPT?
        Thanks
        Thank you!
        thanks a lot
        thx
        ok
        Okay.
        I see
        great
        Great, thanks!
        cool
        bye
        Goodbye
        test
        testing 1 2 3
        Is anybody there?
        Can you hear me?
        Nice to meet you.
        What's your name?
        Tell me about yourself.
        Can we chat?
        Let's start
        yes
        no
        sorry
        Can I ask you something?
        I have a question.
        Are you reliable?
        How accurate are you?
        Can you help me?
        lol
        wow
        You are wrong.
        I don't believe you.
        Are you sure?
    """,
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

"""How visitors ask about an organ: whether it is well, whether something is wrong, or openly.

The marks are {organ} with its article (the liver, my kidneys), {bare} without, {is}, {Is}, {it}.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

# Yes means that all is well.
ORGAN_WELL = Frames(
    training="""
        {Is} {organ} ok?
        {Is} {organ} okay?
        {Is} {organ} normal?
        {Is} {organ} fine?
        {Is} {organ} healthy?
        {Is} {organ} all right?
        Do you think {organ} {is} normal?
        {bare} normal?
        {bare} ok?
        Would you say {organ} {is} healthy?
        {Is} {organ} unremarkable?
        {Is} everything fine with {organ}?
        Is everything ok with {organ}?
        {organ} {is} fine, right?
        Can you confirm that {organ} {is} normal?
        Normal {bare}?
    """,
    validation="""
        {Is} {organ} in good shape?
        {bare} clear?
        {Is} {organ} as {it} should be?
        {organ} look{s} normal to you?
    """,
    test="""
        {Is} {organ} looking good?
        All good with {organ}?
        {Is} {organ} free of disease?
        Can I stop worrying about {organ}?
        {bare} unremarkable?
        {organ} - healthy or not?
    """,
)

# Yes means that something is wrong.
ORGAN_ILL = Frames(
    training="""
        {Is} there anything wrong with {organ}?
        Is something wrong with {organ}?
        Any problem with {organ}?
        Any abnormality of {organ}?
        Any findings in {organ}?
        {Is} {organ} abnormal?
        {Is} {organ} affected?
        Do you see a problem in {organ}?
        Anything in {organ}?
        {Is} {organ} diseased?
        anything wrong w {organ}
        Is there any disease of {organ}?
        Anything abnormal about {organ}?
        Do{es} {organ} show any abnormality?
    """,
    validation="""
        Any trouble with {organ}?
        Is there a lesion in {organ}?
        Something not right with {organ}?
        Any pathology in {organ}?
    """,
    test="""
        Should I worry about {organ}?
        {Is} {organ} sick?
        Does anything strike you about {organ}?
        Any issue concerning {organ}?
        Has something happened to {organ}?
        Anything suspicious in {organ}?
    """,
)

# Asked without a yes or no.
ORGAN_OPEN = Frames(
    training="""
        How {is} {organ}?
        How do{es} {organ} look?
        What about {organ}?
        What do you see in {organ}?
        Describe {organ}.
        Tell me about {organ}.
        Comment on {organ}.
        State of {organ}?
        Look at {organ} please
        Check {organ}.
        {bare}?
        What is wrong with {organ}?
        Please assess {organ}.
        Findings in {organ}?
    """,
    validation="""
        What can you say about {organ}?
        Condition of {organ}?
        Have a look at {organ}
        Report on {organ}
    """,
    test="""
        What's your impression of {organ}?
        Evaluate {organ}
        Can you check on {organ} for me?
        How would you describe {organ}?
        {bare} - anything to say?
        What's up with {organ}?
    """,
)

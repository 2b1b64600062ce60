"""How visitors ask about an organ: whether it is well, whether something is wrong, or openly.

Placeholders of the templates: {organ} with its article (the liver, my kidneys), {bare} without,
{is}, {Is}, {it}.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

# Yes means that all is well.
ORGAN_WELL = Frames(
    training=written("organ_well"),
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
    training=written("organ_ill"),
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
    training=written("organ_open"),
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

"""How visitors ask how a scan was acquired: plane, contrast phase, body region.

The placeholder {value} is a plane, a phase or a part of the body.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

PLANE = Frames(
    training=written("plane"),
    validation="""
        What is the orientation of the original slices?
        Which direction do the slices run?
        What sort of slices are these
        Name the imaging plane
        slice direction?
    """,
    test="""
        Which anatomical plane was scanned?
        How was the patient sliced?
        Are these transverse cuts or something else?
        What plane did they use?
        orientation of cuts?
        In what plane am I looking?
    """,
)

PLANE_CHECK = Frames(
    training=written("plane_check"),
    validation="""
        Are these {value} cuts?
        {value} acquisition, yes?
        Did they scan it {value}?
    """,
    test="""
        Would you call these slices {value}?
        {value} cuts, right?
        Was the acquisition {value}?
    """,
)

PHASE = Frames(
    training=written("phase"),
    validation="""
        At what point after contrast was it scanned?
        What is the enhancement like?
        timing of the contrast
        Native or enhanced?
        Phase of this acquisition?
    """,
    test="""
        How long after the dye was this?
        Which stage of the contrast passage is it?
        Is there dye, and which phase?
        What contrast protocol was it?
        bolus timing?
        Early, portal or late?
    """,
)

# Yes means that contrast was given.
CONTRAST_GIVEN = Frames(
    training=written("contrast"),
    validation="""
        Can you tell whether dye was used?
        Is it post-contrast?
        Was the scan done with an injection?
        iv contrast on board?
    """,
    test="""
        Did the patient get contrast?
        Do the vessels light up with dye?
        Was this done with contrast medium?
        Was a contrast agent used here?
        Is that an enhanced CT?
        dye or no dye?
    """,
)

PHASE_CHECK = Frames(
    training=written("phase_check"),
    validation="""
        Would that be the {value} phase?
        Phase {value}?
        Are we in the {value} phase?
    """,
    test="""
        Is the timing {value}?
        {value} - correct?
        Looks {value} to me, agree?
    """,
)

REGION = Frames(
    training=written("region"),
    validation="""
        What section of the body is it
        Which organs are in view?
        Where was the scan taken?
        anatomy covered?
        Name the body region
    """,
    test="""
        What body area has been imaged?
        From where to where does it go?
        Which part of me is that?
        What sort of CT is it: chest, belly?
        field of view covers what?
        Where on the body was I scanned?
    """,
)

REGION_CHECK = Frames(
    training=written("region_check"),
    validation="""
        Was the {value} scanned?
        Is the {value} in the picture?
        {value}, yes or no?
    """,
    test="""
        Would this be the {value}?
        Am I looking at the {value}?
        Does the field of view include the {value}?
    """,
)

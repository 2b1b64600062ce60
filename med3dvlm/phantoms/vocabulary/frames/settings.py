"""How visitors ask how a scan was acquired: plane, contrast phase, body region.

The mark {value} is a plane, a phase or a body region.
"""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

PLANE = Frames(
    training="""
        What plane is this?
        Which plane?
        Plane?
        Which orientation are the slices?
        How are the slices oriented?
        In which direction was it sliced?
        What is the slice orientation?
        Axial, coronal or sagittal?
        Is it axial or coronal?
        Which way was it cut?
        What's the scan plane?
        Tell me the plane.
        acquisition plane
        What kind of cuts are these?
        Which view is this?
        What view was this acquired in?
        Orientation of the acquisition?
        Was it acquired axially or otherwise?
    """,
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
    training="""
        Is this {value}?
        Is it {value}?
        Is it a {value} scan?
        Are the slices {value}?
        Was this scanned {value}?
        {value} scan?
        {value} or not?
        Is the plane {value}?
    """,
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
    training="""
        What phase is this?
        Which phase?
        Contrast phase?
        Phase?
        What's the contrast phase?
        When after the injection was it taken?
        Is it arterial or venous?
        How was contrast given?
        Which contrast timing?
        Contrast timing?
        Tell me the phase of the scan.
        What kind of contrast was used?
        Is this early or late phase?
        Which vascular phase?
        what enhancement phase
        With or without contrast?
        Which phase of enhancement do we see?
    """,
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
    training="""
        Was contrast given?
        Is there contrast?
        Is it a contrast scan?
        Contrast?
        With contrast?
        Is this contrast-enhanced?
        Was dye injected?
        Did they use contrast?
        Is it enhanced?
        Did they inject contrast?
        Any IV contrast?
        Has contrast been administered?
        contrast yes/no
        Is this a CECT?
    """,
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
    training="""
        Is this {value}?
        Is this the {value} phase?
        Is it {value}?
        {value} phase?
        {value}?
        Was it taken in the {value} phase?
        Is it a {value} scan?
        {value} or not?
    """,
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
    training="""
        What part of the body is this?
        Which part of the body do I see?
        Which body part?
        What am I looking at?
        What region is it?
        Region?
        Body region?
        What is scanned here?
        What part was scanned?
        Is this chest, abdomen or pelvis?
        Is it a chest or an abdomen?
        Which area of the body is it?
        Where in the body are we?
        What does the scan cover?
        Which anatomical region is covered?
        Tell me the body part.
        What's this a scan of?
    """,
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
    training="""
        Is this the {value}?
        Is it a scan of the {value}?
        Is it the {value}?
        Does it show the {value}?
        {value} CT?
        Is this a CT of the {value}?
        Do we see the {value}?
        Is the {value} covered?
    """,
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

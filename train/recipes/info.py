"""What the page says about models that were trained here."""

from med3dvlm.model.checkpoint import ModelInfo

PHANTOM_MODEL = ModelInfo(
    name="Phantom Med3DVLM",
    trained_on="procedural CT phantoms with known findings, no patient data",
    phantom=True,
    limits=(
        "It knows procedural phantoms only; about a real scan its answers mean nothing.",
        "It was trained on 25 kinds of finding in chest, abdomen and pelvis and knows no others.",
        "Sizes are rough estimates: the model input is cropped and resized.",
        "It overlooks subtle findings, such as liver metastases, fractures and bladder masses.",
        "Asked about an organ that the scan does not show, it may answer yes.",
    ),
)
M3D_MODEL = ModelInfo(
    name="Med3DVLM trained here on M3D data",
    trained_on="data in the M3D layout; see the model card",
    phantom=False,
    limits=(
        "It was trained on pictures of slices in a display window, without HU and mm.",
        "It learned left and right from captions alone; check every side that it names.",
    ),
)

"""Names of regions, planes and contrast phases."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT_REGIONS: dict[str, Names] = {
    "chest": Names(
        own=("a chest",),
        radiological=Words(
            validation="a thoracic cavity",
            test="a thoracic CT",
        ),
        lay=Words(validation="an upper body", test="a rib cage"),
    ),
    "abdomen": Names(
        own=("an abdomen",),
        radiological=Words(
            validation="an abdominal cavity",
            test="many abdominal organs",
        ),
        lay=Words(validation="a midriff", test="a tummy"),
    ),
    "pelvis": Names(
        own=("a pelvis",),
        radiological=Words(
            validation="a pelvic cavity",
            test="a lesser pelvis",
        ),
        lay=Words(validation="a lower belly", test="a hip area"),
    ),
}
HELD_OUT_PLANES: dict[str, Names] = {
    "axial": Names(
        own=("axial",),
        radiological=Words(validation="transaxial", test="transversal"),
        lay=Words(validation="sliced like bread", test="crosswise"),
    ),
    "coronal": Names(
        own=("coronal",),
        radiological=Words(validation="frontal plane", test="cor"),
        lay=Words(validation="front view", test="front to back"),
    ),
    "sagittal": Names(
        own=("sagittal",),
        radiological=Words(validation="median plane", test="sag"),
        lay=Words(validation="side view", test="sideways"),
    ),
}
HELD_OUT_PHASES: dict[str, Names] = {
    "non-contrast": Names(
        own=("non-contrast",),
        radiological=Words(validation="precontrast", test="plain"),
        lay=Words(validation="without the injection", test="dye-free"),
        abbreviation=Words(validation="non-con", test="NECT"),
    ),
    "arterial": Names(
        own=("arterial",),
        radiological=Words(
            validation="late arterial",
            test="early enhancement",
        ),
        lay=Words(validation="early dye", test="artery"),
        abbreviation=Words(validation="art phase", test="art"),
    ),
    "portal venous": Names(
        own=("portal venous",),
        radiological=Words(
            validation="portal",
            test="hepatic venous",
        ),
        lay=Words(validation="liver vein", test="vein"),
        abbreviation=Words(validation="PVP", test="port ven"),
    ),
    "delayed": Names(
        own=("delayed",),
        radiological=Words(
            validation="equilibrium",
            test="urographic",
        ),
        lay=Words(validation="late dye", test="last dye"),
        abbreviation=Words(validation="del phase", test="delay"),
    ),
}
REGION_NAMES = with_training(HELD_OUT_REGIONS, file="settings")
PLANE_NAMES = with_training(HELD_OUT_PLANES, file="settings")
PHASE_NAMES = with_training(HELD_OUT_PHASES, file="settings")

"""Names of regions, planes and contrast phases."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

REGION_NAMES: dict[str, Names] = {
    "chest": Names(
        own=("a chest",),
        radiological=Words(
            training="a thorax",
            validation="a thoracic cavity",
            test="a thoracic CT",
        ),
        lay=Words(training="many ribs and lungs", validation="an upper body", test="a rib cage"),
    ),
    "abdomen": Names(
        own=("an abdomen",),
        radiological=Words(
            training="an upper abdomen",
            validation="an abdominal cavity",
            test="many abdominal organs",
        ),
        lay=Words(training="a belly", validation="a midriff", test="a tummy"),
    ),
    "pelvis": Names(
        own=("a pelvis",),
        radiological=Words(
            training="a true pelvis",
            validation="a pelvic cavity",
            test="a lesser pelvis",
        ),
        lay=Words(training="many hips and bladder", validation="a lower belly", test="a hip area"),
    ),
}
PLANE_NAMES: dict[str, Names] = {
    "axial": Names(
        own=("axial",),
        radiological=Words(training="transverse", validation="transaxial", test="transversal"),
        lay=Words(training="cross-sectional", validation="sliced like bread", test="crosswise"),
    ),
    "coronal": Names(
        own=("coronal",),
        radiological=Words(training="frontal", validation="frontal plane", test="cor"),
        lay=Words(training="seen from the front", validation="front view", test="front to back"),
    ),
    "sagittal": Names(
        own=("sagittal",),
        radiological=Words(training="lateral", validation="median plane", test="sag"),
        lay=Words(training="seen from the side", validation="side view", test="sideways"),
    ),
}
PHASE_NAMES: dict[str, Names] = {
    "non-contrast": Names(
        own=("non-contrast",),
        radiological=Words(training="unenhanced / native", validation="precontrast", test="plain"),
        lay=Words(training="without dye", validation="without the injection", test="dye-free"),
        abbreviation=Words(training="NC", validation="non-con", test="NECT"),
    ),
    "arterial": Names(
        own=("arterial",),
        radiological=Words(
            training="early arterial",
            validation="late arterial",
            test="early enhancement",
        ),
        lay=Words(training="with dye in the arteries", validation="early dye", test="artery"),
        abbreviation=Words(training="AP", validation="art phase", test="art"),
    ),
    "portal venous": Names(
        own=("portal venous",),
        radiological=Words(
            training="portovenous / venous",
            validation="portal",
            test="hepatic venous",
        ),
        lay=Words(training="with dye in the veins", validation="liver vein", test="vein"),
        abbreviation=Words(training="PV", validation="PVP", test="port ven"),
    ),
    "delayed": Names(
        own=("delayed",),
        radiological=Words(
            training="excretory / late",
            validation="equilibrium",
            test="urographic",
        ),
        lay=Words(training="with dye in the bladder", validation="late dye", test="last dye"),
        abbreviation=Words(training="DP", validation="del phase", test="delay"),
    ),
}

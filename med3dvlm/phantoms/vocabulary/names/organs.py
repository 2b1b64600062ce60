"""Names of the organs with findings; own names are those of reports and questions."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT: dict[str, Names] = {
    "lung": Names(
        own=("many lungs", "a lung"),
        radiological=Words(
            validation="many pulmonary lobes",
            test="lung parenchyma / pulmonary tissue",
        ),
        lay=Words(
            validation="many lobes of the lung",
            test="many breathing organs",
        ),
    ),
    "pleura": Names(
        own=("a pleura",),
        radiological=Words(
            validation="many pleural surfaces",
            test="a pleural lining / many pleural recesses",
        ),
        lay=Words(
            validation="a skin of the lungs",
            test="a membrane around the lungs",
        ),
    ),
    "heart": Names(
        own=("a heart",),
        radiological=Words(
            validation="a cardiac contour",
            test="many cardiac chambers / a cardiac outline",
        ),
        lay=Words(validation="a ticker", test="a bag around the heart"),
    ),
    "mediastinum": Names(
        own=("a mediastinum",),
        radiological=Words(
            validation="a mediastinal compartment",
            test="mediastinal fat",
        ),
        lay=Words(
            validation="a middle of the chest",
            test="an area behind the breastbone",
        ),
    ),
    "aorta": Names(
        own=("an aorta",),
        radiological=Words(
            validation="an aortic lumen",
            test="an aortic diameter",
        ),
        lay=Words(
            validation="a largest blood vessel",
            test="a main vessel from the heart",
        ),
    ),
    "spine": Names(
        own=("a spine",),
        radiological=Words(
            validation="a vertebral column",
            test="many vertebral bodies / a thoracolumbar spine",
        ),
        lay=Words(
            validation="many back bones",
            test="many bones of the back",
        ),
    ),
    "liver": Names(
        own=("a liver",),
        radiological=Words(
            validation="hepatic tissue",
            test="liver parenchyma / many hepatic segments",
        ),
        lay=Words(
            validation="many liver lobes",
            test="many liver segments",
        ),
    ),
    "gallbladder": Names(
        own=("a gallbladder",),
        radiological=Words(validation="a GB", test="a gallbladder lumen"),
        lay=Words(
            validation="a gall sac",
            test="a bile sac",
        ),
    ),
    "spleen": Names(
        own=("a spleen",),
        radiological=Words(
            validation="splenic size",
            test="splenic tissue",
        ),
        lay=Words(validation="a milt", test="spleen size"),
    ),
    "kidney": Names(
        own=("many kidneys", "a kidney"),
        radiological=Words(
            validation="many renal shadows",
            test="renal tissue / many upper urinary tracts",
        ),
        lay=Words(
            validation="many kidneys and their drains",
            test="kidney substance",
        ),
    ),
    "adrenal gland": Names(
        own=("many adrenal glands", "an adrenal gland"),
        radiological=Words(
            validation="an adrenal",
            test="many suprarenals",
        ),
        lay=Words(
            validation="many stress glands",
            test="many glands above the kidneys",
        ),
    ),
    "peritoneum": Names(
        own=("a peritoneum",),
        radiological=Words(
            validation="a peritoneal space",
            test="many peritoneal recesses",
        ),
        lay=Words(
            validation="a belly lining",
            test="a membrane around the bowels",
        ),
    ),
    "small bowel": Names(
        own=("a small bowel",),
        radiological=Words(
            validation="many small bowel loops",
            test="many intestinal loops / a jejunum",
        ),
        lay=Words(validation="many guts", test="many bowels"),
    ),
    "bladder": Names(
        own=("a bladder",),
        radiological=Words(
            validation="a UB",
            test="a vesical wall",
        ),
        lay=Words(validation="a pee bladder", test="a urine bladder"),
    ),
    "ovary": Names(
        own=("an ovary", "many ovaries"),
        radiological=Words(
            validation="an adnexal region",
            test="many adnexal areas",
        ),
        lay=Words(
            validation="an area of the ovaries",
            test="many egg glands",
        ),
    ),
    "pelvic bone": Names(
        own=("many pelvic bones", "a pelvic bone"),
        radiological=Words(
            validation="an iliac wing",
            test="many iliac bones / a pelvic skeleton",
        ),
        lay=Words(
            validation="a pelvis bone",
            test="a skeleton of the pelvis",
        ),
    ),
    "hip": Names(
        own=("many hips", "a hip"),
        radiological=Words(
            validation="many coxofemoral joints",
            test="many acetabula",
        ),
        lay=Words(
            validation="a socket of the hip",
            test="a ball of the hip",
        ),
    ),
}
ORGAN_NAMES = with_training(HELD_OUT, file="organs")

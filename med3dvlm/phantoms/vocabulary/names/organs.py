"""Names of the organs that findings lie in; the own ones are those of reports and questions."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

ORGAN_NAMES: dict[str, Names] = {
    "lung": Names(
        own=("many lungs", "a lung"),
        radiological=Words(
            training="many lung fields / pulmonary parenchyma",
            validation="many pulmonary lobes",
            test="lung parenchyma / pulmonary tissue",
        ),
        lay=Words(
            training="lung tissue",
            validation="many lobes of the lung",
            test="many breathing organs",
        ),
    ),
    "pleura": Names(
        own=("a pleura",),
        radiological=Words(
            training="a pleural space / many pleural cavities",
            validation="many pleural surfaces",
            test="a pleural lining / many pleural recesses",
        ),
        lay=Words(
            training="a lining of the lungs",
            validation="a skin of the lungs",
            test="a membrane around the lungs",
        ),
    ),
    "heart": Names(
        own=("a heart",),
        radiological=Words(
            training="a cardiac silhouette / a pericardium",
            validation="a cardiac contour",
            test="many cardiac chambers / a cardiac outline",
        ),
        lay=Words(training="a heart sac", validation="a ticker", test="a bag around the heart"),
    ),
    "mediastinum": Names(
        own=("a mediastinum",),
        radiological=Words(
            training="many mediastinal structures",
            validation="a mediastinal compartment",
            test="mediastinal fat",
        ),
        lay=Words(
            training="a space between the lungs",
            validation="a middle of the chest",
            test="an area behind the breastbone",
        ),
    ),
    "aorta": Names(
        own=("an aorta",),
        radiological=Words(
            training="an aortic calibre",
            validation="an aortic lumen",
            test="an aortic diameter",
        ),
        lay=Words(
            training="a main artery / a big artery",
            validation="a largest blood vessel",
            test="a main vessel from the heart",
        ),
    ),
    "spine": Names(
        own=("a spine",),
        radiological=Words(
            training="a spinal column / many vertebrae",
            validation="a vertebral column",
            test="many vertebral bodies / a thoracolumbar spine",
        ),
        lay=Words(
            training="a backbone / a back",
            validation="many back bones",
            test="many bones of the back",
        ),
    ),
    "liver": Names(
        own=("a liver",),
        radiological=Words(
            training="hepatic parenchyma",
            validation="hepatic tissue",
            test="liver parenchyma / many hepatic segments",
        ),
        lay=Words(
            training="liver tissue",
            validation="many liver lobes",
            test="many liver segments",
        ),
    ),
    "gallbladder": Names(
        own=("a gallbladder",),
        radiological=Words(training="a cholecyst", validation="a GB", test="a gallbladder lumen"),
        lay=Words(
            training="a gall bladder / a bile bladder",
            validation="a gall sac",
            test="a bile sac",
        ),
    ),
    "spleen": Names(
        own=("a spleen",),
        radiological=Words(
            training="splenic parenchyma",
            validation="splenic size",
            test="splenic tissue",
        ),
        lay=Words(training="spleen tissue", validation="a milt", test="spleen size"),
    ),
    "kidney": Names(
        own=("many kidneys", "a kidney"),
        radiological=Words(
            training="renal parenchyma / many renal collecting systems",
            validation="many renal shadows",
            test="renal tissue / many upper urinary tracts",
        ),
        lay=Words(
            training="kidney tissue",
            validation="many kidneys and their drains",
            test="kidney substance",
        ),
    ),
    "adrenal gland": Names(
        own=("many adrenal glands", "an adrenal gland"),
        radiological=Words(
            training="many adrenals / many suprarenal glands",
            validation="an adrenal",
            test="many suprarenals",
        ),
        lay=Words(
            training="many glands on top of the kidneys",
            validation="many stress glands",
            test="many glands above the kidneys",
        ),
    ),
    "peritoneum": Names(
        own=("a peritoneum",),
        radiological=Words(
            training="a peritoneal cavity",
            validation="a peritoneal space",
            test="many peritoneal recesses",
        ),
        lay=Words(
            training="a lining of the belly",
            validation="a belly lining",
            test="a membrane around the bowels",
        ),
    ),
    "small bowel": Names(
        own=("a small bowel",),
        radiological=Words(
            training="many bowel loops / a small intestine",
            validation="many small bowel loops",
            test="many intestinal loops / a jejunum",
        ),
        lay=Words(training="a gut / many intestines", validation="many guts", test="many bowels"),
    ),
    "bladder": Names(
        own=("a bladder",),
        radiological=Words(
            training="a urinary bladder / a bladder wall",
            validation="a UB",
            test="a vesical wall",
        ),
        lay=Words(training="a water bladder", validation="a pee bladder", test="a urine bladder"),
    ),
    "ovary": Names(
        own=("an ovary", "many ovaries"),
        radiological=Words(
            training="many adnexa",
            validation="an adnexal region",
            test="many adnexal areas",
        ),
        lay=Words(
            training="many egg sacs",
            validation="an area of the ovaries",
            test="many egg glands",
        ),
    ),
    "pelvic bone": Names(
        own=("many pelvic bones", "a pelvic bone"),
        radiological=Words(
            training="a bony pelvis / an ilium",
            validation="an iliac wing",
            test="many iliac bones / a pelvic skeleton",
        ),
        lay=Words(
            training="many bones of the pelvis",
            validation="a pelvis bone",
            test="a skeleton of the pelvis",
        ),
    ),
    "hip": Names(
        own=("many hips", "a hip"),
        radiological=Words(
            training="many hip joints",
            validation="many coxofemoral joints",
            test="many acetabula",
        ),
        lay=Words(
            training="a hip joint",
            validation="a socket of the hip",
            test="a ball of the hip",
        ),
    ),
}

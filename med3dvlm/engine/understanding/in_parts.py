"""What is said to be in a part of the body, where that is a finding: a bump in the lung.

IN_PARTS[0]     # a finding, and two sets of words that mean it near each other

`compositions.py` looks for them. What something is called is put together with where it is, so
that no list has to have both.
"""

import re

LUMP = (
    r"lumps?|bumps?|growths?|balls?|dots?|(?<!you )(?<!u )(?<!we )(?<!i )(?<!can )spots?|blobs?|"
    r"knobs?|knots?|specks?|shadows?|nodul\w+|"
    r"nod|mass(?:es)?|tumou?rs?|neoplas\w+|lesions?|warts?|cancers?|carcinomas?|malignanc\w+|"
    r"something (?:\w+ )?growing|swellings?|focus|foci|SOLs?|mets?|metasta\w+|ca|lumpy|"
    r"neoplasia|space[- ]occupying \w+|polyps?|chunk|cluster"
)
WATER = r"water|fluids?|liquids?|juice|puddles?|pools?|soup|wet|soaked|sodden|flooded|swimming"
BLOOD = r"blood|pus|ha?emorrhagic fluid|bloody fluid"
SAC = (
    r"bubbles?|sacs?|sacks?|bags?|pouch(?:es)?|pockets?|blisters?|cysts?|cystic\w*|cists?|sists?|"
    r"water[- ](?:balls?|balloons?|blobs?|spots?|blisters?)|balloons? of (?:water|fluid)|"
    r"bosniak \w+"
)
HOLE = (
    r"holes?|gaps?|defects?|(?:radio)?lucen\w+|ly(?:tic|sis)|osteoly\w+|eaten\w*|destr\w+|"
    r"erosions?|eroded|erosive|dissolv\w+|crumbl\w+"
)
GAS = r"air|gas|bubbles?|pneumo\w*"
LUNGS = (
    r"lungs?|pulmonary|intrapulmonary|(?:upper|lower|middle|lung) lobes?|lingula\w*|[RL][ULM]L|"
    r"lung (?:base|apex|field)s?|"
    r"(?<!hepatic )(?<!liver )(?<!renal )(?<!kidney )(?<!splenic )parenchym\w+"
)
PLEURA = r"pleura\w*|intrapleural|chest cavity|thoracic cavity|hemithora\w+|costo-?phrenic \w+"
AROUND = r"(?:around|round|outside|beside|next to|between|behind|under|beneath|surrounding|by|at)"
BONES = (
    r"pelvi[sc] bones?|bony pelvis|hip ?bones?|ili(?:um|a)|iliac (?:bone|wing|crest|blade)s?|"
    r"sacr(?:um|al)|acetabul\w+|ischi(?:um|al)|pubi[sc]\w* (?:bone|ramus|rami)|pubis|bones?|bony|"
    r"osseous|skelet\w+"
)
MEDIASTINUM = (
    r"mediastin\w+|thym(?:us|ic)|prevascular(?: compartment)?|"
    r"between (?:the |my |his |her |both )?(?:two )?lungs|"
    r"(?:middle|centre|center) of (?:the |my |his |her )?chest|mid-?chest"
)
IN_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pleural effusion", (rf"{WATER}|{BLOOD}|effusions?", PLEURA)),
    ("pleural effusion", (rf"{WATER}|{BLOOD}", rf"{AROUND} (?:the |my |his |her |both )*lungs?")),
    ("pleural effusion", (WATER, r"(?:in|on|at the bottom of|inside|filling) "
                                 r"(?:the |my |his |her |both |one )*(?:chest|lungs?|thorax)")),
    ("pneumothorax", (GAS, rf"{PLEURA}|between (?:the |my )?lung")),
    ("pericardial effusion",
     (rf"{WATER}|{BLOOD}|effusions?|liquid",
      r"pericard\w*|heart sac|cardiac sac|" rf"{AROUND} (?:the |my |his |her )?heart")),
    ("ascites", (WATER, r"(?:around|round|between|about) (?:the |my |his |her )?(?:bowels?|guts?|"
                        r"intestines?|loops|liver|spleen)|(?:peri(?:hepatic|splenic)|paracolic|"
                        r"morison'?s|douglas|cul[- ]de[- ]sac|retrovesical|interloop) ?\w*")),
    ("mediastinal mass", (LUMP, MEDIASTINUM)),
    ("adrenal mass", (rf"{LUMP}|adenomas?|hyperplas\w+", r"(?:adrenal|suprarenal)s?(?: glands?)?")),
    ("adnexal cyst", (rf"{SAC}|{LUMP}", r"ovar(?:y|ies|ian)|adnex\w+|fallopian \w+")),
    ("adnexal cyst", (SAC, r"(?:by|beside|near|next to|behind|around) (?:the |my |her )?"
                           r"(?:womb|uterus)")),
    ("liver cyst", (SAC, r"liver|hepatic|intrahepatic")),
    ("renal cyst", (SAC, r"kidneys?|renal|(?:intra|para|peri)(?:renal|pelvic)")),
    ("liver metastases", (r"(?:bad |dark |cancer\w* |several |many |multiple )*(?:mets?|metasta\w+|"
                          r"filiae|secondar(?:y|ies)|spots|lumps|tumou?rs|nodules|growths|lesions|"
                          r"secs|deposits)", r"liver|hep(?:atic|atis)?|intrahepatic")),
    ("lytic bone lesion", (rf"{LUMP}|{HOLE}", BONES)),
    ("lung nodule", (LUMP, LUNGS)),
    ("bladder mass", (LUMP, r"(?<!gall )bladders?|intravesical|vesical|bladder wall")),
)  # fmt: skip
# Said of one of these, or in these words, it is something that was not taught.
NOT_IN_PARTS = (
    r"clots?|thromb\w*|embol\w*|scar\w*|abscess\w*|wall thicken\w*|thick\w*|inflam\w*|hernia\w*|"
    r"fractur\w*|broken|crack\w*|fat|fatty|worms?|spiders?|oedema|edema|bruis\w*|marrow|"
    r"full bladder|"
    r"stones?|calc\w*|benign|malignant or|brain|breasts?|skin|thyroid|testic\w+|stomach|"
    r"oesophag\w+|"
    r"esophag\w+|trachea|windpipe|airways?|lymph\w*|glandular|uterine|cervi\w+|vagina\w*|"
    r"kidney cancer"
)
WITHIN = r"\s+(?:in|within|inside|around|of) (?:the |my |his |her |both )?(?:left |right )?"
# Free fluid is ascites, but not where it is said to be elsewhere.
INSTEAD = (
    ("ascites", re.compile(rf"{WITHIN}(?:{PLEURA}|pleural)", re.IGNORECASE), "pleural effusion"),
    ("ascites", re.compile(rf"{WITHIN}pericard", re.IGNORECASE), "pericardial effusion"),
    ("free air", re.compile(rf"{WITHIN}(?:{PLEURA}|pleural)", re.IGNORECASE), "pneumothorax"),
)

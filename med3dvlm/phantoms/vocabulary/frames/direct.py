"""Questions that lay people ask about a finding in a clause of their own, without naming it."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames

DIRECT: dict[str, Frames] = {
    "lung nodule": Frames(
        "Is something growing on my lung?\nIs that spot on my lung cancer?",
        "Do I have a tumour in my lungs?",
        "Is there a lump hiding in my lung?",
    ),
    "consolidation": Frames(
        "Are my lungs infected?\nIs the lung inflamed?",
        "Have I caught pneumonia?",
        "Is one of my lungs filled with infection?",
    ),
    "pleural effusion": Frames(
        "Is there fluid where it shouldn't be, around my lungs?\nHas water collected by the lung?",
        "Are my lungs sitting in water?",
        "Is liquid pressing on my lung?",
    ),
    "pneumothorax": Frames(
        "Has my lung collapsed?\nDid the lung pop?",
        "Has the lung gone flat?",
        "Has a lung come down?",
    ),
    "pericardial effusion": Frames(
        "Is my heart swimming in fluid?\nHas fluid collected around his heart?",
        "Is there water pressing on the heart?",
        "Is the heart bag filled with liquid?",
    ),
    "mediastinal mass": Frames(
        "Is something growing behind my breastbone?\nIs there a tumour between my lungs?",
        "Is there a lump in the centre of my chest?",
        "Is something sitting in front of my heart that shouldn't be there?",
    ),
    "thoracic aortic aneurysm": Frames(
        "Is the aorta in my chest too wide?\nIs the big vessel in the chest bulging?",
        "Has the chest aorta ballooned?",
        "Is my thoracic aorta dilated?",
    ),
    "vertebral fracture": Frames(
        "Is my back broken?\nHas a vertebra collapsed?",
        "Did he break his spine?",
        "Is one of the back bones crushed?",
    ),
    "liver metastases": Frames(
        "Has the cancer spread to my liver?\nAre there tumours all over the liver?",
        "Has it gone to the liver?",
        "Is the liver full of cancer?",
    ),
    "liver cyst": Frames(
        "Is the thing in my liver just a cyst?\nIs there something filled with water in my liver?",
        "Is that liver spot only a cyst?",
        "Is it a harmless bubble in the liver?",
    ),
    "gallstone": Frames(
        "Has my gallbladder got stones in it?\nAre there stones in my gall bladder?",
        "Does the gallbladder contain a stone?",
        "Is something rattling in my gallbladder?",
    ),
    "splenomegaly": Frames(
        "Is my spleen too big?\nIs the spleen enlarged?",
        "Is the spleen larger than it should be?",
        "Is my spleen swollen?",
    ),
    "kidney stone": Frames(
        "Have my kidneys got stones?\nIs a stone stuck in my kidney?",
        "Does a kidney contain a stone?",
        "Is there something stony in one of the kidneys?",
    ),
    "hydronephrosis": Frames(
        "Is my kidney blocked?\nIs urine backing up?",
        "Is the kidney draining badly?",
        "Is one kidney swollen with urine?",
    ),
    "renal cyst": Frames(
        "Is the lump on my kidney just a cyst?\nIs there a bag of water on my kidney?",
        "Is it only a cyst on the kidney?",
        "Has a kidney got a cyst?",
    ),
    "adrenal mass": Frames(
        "Is there something on my adrenal?\nIs one adrenal gland bigger than it should be?",
        "Is an adrenal enlarged?",
        "Is something growing on top of my kidney?",
    ),
    "abdominal aortic aneurysm": Frames(
        "Is the aorta in my belly too wide?\nIs the belly artery bulging?",
        "Has the abdominal aorta ballooned?",
        "Is my abdominal aorta dilated?",
    ),
    "ascites": Frames(
        "Is there water in my tummy?\nIs my belly full of fluid?",
        "Has fluid collected in the belly?",
        "Is liquid floating around my bowels?",
    ),
    "bowel obstruction": Frames(
        "Is my bowel blocked?\nAre the intestines obstructed?",
        "Is the gut stuck?",
        "Has my intestine stopped moving?",
    ),
    "free air": Frames(
        "Has my bowel burst?\nIs gas leaking out of the bowel?",
        "Is there a hole in the gut?",
        "Has air got into the belly cavity?",
    ),
    "bladder stone": Frames(
        "Is there a stone in my bladder?\nHas the bladder got stones?",
        "Does the bladder hold a stone?",
        "Is something stony lying in the bladder?",
    ),
    "bladder mass": Frames(
        "Is something growing in my bladder?\nDo I have cancer of the bladder?",
        "Is the bladder wall lumpy?",
        "Is there a tumour sitting in my bladder?",
    ),
    "adnexal cyst": Frames(
        "Is there a cyst on my ovary?\nIs my ovary swollen?",
        "Has an ovary got a cyst?",
        "Is one of the ovaries full of water?",
    ),
    "lytic bone lesion": Frames(
        "Is the bone being eaten away?\nHas the cancer gone to my bones?",
        "Is something destroying the pelvic bone?",
        "Is there a hole in my hip bone?",
    ),
    "hip prosthesis": Frames(
        "Has he had a hip replaced?\nIs one of the hips artificial?",
        "Is there metal in my hip?",
        "Did the patient get a new hip?",
    ),
}

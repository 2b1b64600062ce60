"""Questions in which lay people describe a finding in their own words, without naming it."""

from med3dvlm.phantoms.vocabulary.frames.base import Frames, written

DIRECT: dict[str, Frames] = {
    "lung nodule": Frames(
        written("direct/lung_nodule"),
        "Do I have a tumour in my lungs?",
        "Is there a lump hiding in my lung?",
    ),
    "consolidation": Frames(
        written("direct/consolidation"),
        "Have I caught pneumonia?",
        "Is one of my lungs filled with infection?",
    ),
    "pleural effusion": Frames(
        written("direct/pleural_effusion"),
        "Are my lungs sitting in water?",
        "Is liquid pressing on my lung?",
    ),
    "pneumothorax": Frames(
        written("direct/pneumothorax"),
        "Has the lung gone flat?",
        "Has a lung come down?",
    ),
    "pericardial effusion": Frames(
        written("direct/pericardial_effusion"),
        "Is there water pressing on the heart?",
        "Is the heart bag filled with liquid?",
    ),
    "mediastinal mass": Frames(
        written("direct/mediastinal_mass"),
        "Is there a lump in the centre of my chest?",
        "Is something sitting in front of my heart that shouldn't be there?",
    ),
    "thoracic aortic aneurysm": Frames(
        written("direct/thoracic_aortic_aneurysm"),
        "Has the chest aorta ballooned?",
        "Is my thoracic aorta dilated?",
    ),
    "vertebral fracture": Frames(
        written("direct/vertebral_fracture"),
        "Did he break his spine?",
        "Is one of the back bones crushed?",
    ),
    "liver metastases": Frames(
        written("direct/liver_metastases"),
        "Has it gone to the liver?",
        "Is the liver full of cancer?",
    ),
    "liver cyst": Frames(
        written("direct/liver_cyst"),
        "Is that liver spot only a cyst?",
        "Is it a harmless bubble in the liver?",
    ),
    "gallstone": Frames(
        written("direct/gallstone"),
        "Does the gallbladder contain a stone?",
        "Is something rattling in my gallbladder?",
    ),
    "splenomegaly": Frames(
        written("direct/splenomegaly"),
        "Is the spleen larger than it should be?",
        "Is my spleen swollen?",
    ),
    "kidney stone": Frames(
        written("direct/kidney_stone"),
        "Does a kidney contain a stone?",
        "Is there something stony in one of the kidneys?",
    ),
    "hydronephrosis": Frames(
        written("direct/hydronephrosis"),
        "Is the kidney draining badly?",
        "Is one kidney swollen with urine?",
    ),
    "renal cyst": Frames(
        written("direct/renal_cyst"),
        "Is it only a cyst on the kidney?",
        "Has a kidney got a cyst?",
    ),
    "adrenal mass": Frames(
        written("direct/adrenal_mass"),
        "Is an adrenal enlarged?",
        "Is something growing on top of my kidney?",
    ),
    "abdominal aortic aneurysm": Frames(
        written("direct/abdominal_aortic_aneurysm"),
        "Has the abdominal aorta ballooned?",
        "Is my abdominal aorta dilated?",
    ),
    "ascites": Frames(
        written("direct/ascites"),
        "Has fluid collected in the belly?",
        "Is liquid floating around my bowels?",
    ),
    "bowel obstruction": Frames(
        written("direct/bowel_obstruction"),
        "Is the gut stuck?",
        "Has my intestine stopped moving?",
    ),
    "free air": Frames(
        written("direct/free_air"),
        "Is there a hole in the gut?",
        "Has air got into the belly cavity?",
    ),
    "bladder stone": Frames(
        written("direct/bladder_stone"),
        "Does the bladder hold a stone?",
        "Is something stony lying in the bladder?",
    ),
    "bladder mass": Frames(
        written("direct/bladder_mass"),
        "Is the bladder wall lumpy?",
        "Is there a tumour sitting in my bladder?",
    ),
    "adnexal cyst": Frames(
        written("direct/adnexal_cyst"),
        "Has an ovary got a cyst?",
        "Is one of the ovaries full of water?",
    ),
    "lytic bone lesion": Frames(
        written("direct/lytic_bone_lesion"),
        "Is something destroying the pelvic bone?",
        "Is there a hole in my hip bone?",
    ),
    "hip prosthesis": Frames(
        written("direct/hip_prosthesis"),
        "Is there metal in my hip?",
        "Did the patient get a new hip?",
    ),
}

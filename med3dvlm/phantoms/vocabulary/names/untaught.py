"""Findings and organs that the model was not taught, so that it must say so.

Near misses of what it knows (a broken rib, a kidney tumour) are the ones that matter most.
"""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT_FINDINGS = Names(
    radiological=Words(
        validation="a tracheal stenosis / interstitial lung disease / a haemangioma of the liver / "
        "a splenic cyst / pyelonephritis / a femoral neck fracture / intussusception / "
        "a gastric ulcer / spinal stenosis / biliary dilatation / a lung abscess",
        test="pulmonary oedema / ground-glass opacity / mediastinitis / a haemothorax / many "
        "pleural plaques / a ureteric stone / a renal infarct / peritoneal "
        "carcinomatosis / volvulus / a mesenteric thrombosis / sacroiliitis / an "
        "endometrioma / hydrosalpinx / an oesophageal carcinoma / a sternal fracture",
    ),
    lay=Words(
        validation="a broken collarbone / an inflamed appendix / a hole in the heart / a blocked "
        "bile duct / many varicose veins / a fibroid / many worms",
        test="smoker's lung / a torn muscle / a clogged heart artery / a cracked pelvis / "
        "cancer of the pancreas / an inflamed gallbladder / a scarred liver / a swollen "
        "prostate / a pinched nerve / asthma / diabetes",
    ),
    abbreviation=Words(
        validation="ILD",
        test="GGO / ARDS / TB",
    ),
)

# In parts of the body that no phantom shows: "not in this scan" is as right as "not taught".
HELD_OUT_FINDINGS_ELSEWHERE = Names(
    radiological=Words(
        validation="a subdural haematoma / a meniscal tear",
        test="a cerebral infarct / a parotid tumour / a tibial fracture",
    ),
    lay=Words(
        validation="bleeding in the brain / a broken wrist",
        test="a sinus infection / a broken nose / a torn knee ligament",
    ),
)

HELD_OUT_ORGANS = Names(
    radiological=Words(
        validation="an oesophagus / a duodenum / many seminal vesicles / a sternum / a portal vein",
        test="many bile ducts / a sacrum / many iliac arteries / an inferior vena cava / a urethra",
    ),
    lay=Words(
        validation="a shoulder / many glands in the armpit",
        test="a belly button / a gullet / a back passage",
    ),
)

HELD_OUT_ORGANS_ELSEWHERE = Names(
    radiological=Words(
        validation="a larynx / a mandible",
        test="a pharynx / many meninges / many parotid glands",
    ),
    lay=Words(
        validation="a foot / a wrist / an ear / a tongue / a nose",
        test="an ankle / an elbow / a hand / a jaw / a scalp / a big toe / many tonsils",
    ),
)
UNTAUGHT_NAMES = with_training(
    {
        "finding": HELD_OUT_FINDINGS,
        "finding elsewhere": HELD_OUT_FINDINGS_ELSEWHERE,
        "organ": HELD_OUT_ORGANS,
        "organ elsewhere": HELD_OUT_ORGANS_ELSEWHERE,
    },
    file="untaught",
)

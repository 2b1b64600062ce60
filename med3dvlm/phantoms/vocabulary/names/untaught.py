"""Findings and organs that the model was not taught, so that it must say so.

Near misses of what it knows (a broken rib, a kidney tumour) are the ones that matter most.
"""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

UNTAUGHT_FINDINGS = Names(
    radiological=Words(
        training="a pulmonary embolism / emphysema / bronchiectasis / pulmonary fibrosis / "
        "atelectasis / lymphadenopathy / a hiatal hernia / diverticulitis / "
        "appendicitis / pancreatitis / cirrhosis / hepatic steatosis / hepatomegaly / "
        "cholecystitis / a renal cell carcinoma / a rib fracture / an aortic dissection "
        "/ a pericardial cyst / coronary calcification / an inguinal hernia / prostate "
        "enlargement / a uterine fibroid / colitis / a pelvic fracture / "
        "spondylolisthesis / a herniated disc / pneumomediastinum / splenic infarction "
        "/ a pancreatic mass / hip arthrosis / a portal vein thrombosis / a liver "
        "abscess",
        validation="a tracheal stenosis / interstitial lung disease / a haemangioma of the liver / "
        "a splenic cyst / pyelonephritis / a femoral neck fracture / intussusception / "
        "a gastric ulcer / spinal stenosis / biliary dilatation / a lung abscess",
        test="pulmonary oedema / ground-glass opacity / mediastinitis / a haemothorax / many "
        "pleural plaques / a ureteric stone / a renal infarct / peritoneal "
        "carcinomatosis / volvulus / a mesenteric thrombosis / sacroiliitis / an "
        "endometrioma / hydrosalpinx / an oesophageal carcinoma / a sternal fracture",
    ),
    lay=Words(
        training="a blood clot in the lung / a fatty liver / a broken rib / a slipped disc / a "
        "hernia / breast cancer / prostate cancer / a kidney tumour / a swollen "
        "pancreas / many swollen lymph nodes / a heart attack / many scarred lungs / "
        "bowel cancer / a broken hip / arthritis / a stomach ulcer / a swollen liver / "
        "a narrowed artery",
        validation="a broken collarbone / an inflamed appendix / a hole in the heart / a blocked "
        "bile duct / many varicose veins / a fibroid / many worms",
        test="smoker's lung / a torn muscle / a clogged heart artery / a cracked pelvis / "
        "cancer of the pancreas / an inflamed gallbladder / a scarred liver / a swollen "
        "prostate / a pinched nerve / asthma / diabetes",
    ),
    abbreviation=Words(
        training="COPD / a DVT / RCC / HCC / a PE",
        validation="ILD",
        test="GGO / ARDS / TB",
    ),
)

# In parts of the body that no phantom shows: "not in this scan" is as right as "not taught".
ELSEWHERE_FINDINGS = Names(
    radiological=Words(
        training="a brain haemorrhage / a meningioma / many thyroid nodules / a skull fracture",
        validation="a subdural haematoma / a meniscal tear",
        test="a cerebral infarct / a parotid tumour / a tibial fracture",
    ),
    lay=Words(
        training="a stroke / a brain tumour / a broken leg / a bad tooth",
        validation="bleeding in the brain / a broken wrist",
        test="a sinus infection / a broken nose / a torn knee ligament",
    ),
)

UNTAUGHT_ORGANS = Names(
    radiological=Words(
        training="a pancreas / a stomach / a uterus / a prostate / a trachea / a colon / an "
        "appendix / many ribs / many coronary arteries / many lymph nodes / a diaphragm "
        "/ a rectum / many ureters / many femurs",
        validation="an oesophagus / a duodenum / many seminal vesicles / a sternum / a portal vein",
        test="many bile ducts / a sacrum / many iliac arteries / an inferior vena cava / a urethra",
    ),
    lay=Words(
        training="a breast / a womb / a windpipe / many muscles / a skin",
        validation="a shoulder / many glands in the armpit",
        test="a belly button / a gullet / a back passage",
    ),
)

ELSEWHERE_ORGANS = Names(
    radiological=Words(
        training="a brain / a thyroid / a skull / a cerebellum",
        validation="a larynx / a mandible",
        test="a pharynx / many meninges / many parotid glands",
    ),
    lay=Words(
        training="a head / a knee / a leg / many teeth / an eye / a neck / a throat",
        validation="a foot / a wrist / an ear / a tongue / a nose",
        test="an ankle / an elbow / a hand / a jaw / a scalp / a big toe / many tonsils",
    ),
)

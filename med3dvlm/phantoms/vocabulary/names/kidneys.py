"""Other names of the findings of kidneys and adrenal glands."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

KIDNEY_NAMES: dict[str, Names] = {
    "kidney stone": Names(
        radiological=Words(
            training="a nephrolith / renal lithiasis / a calyceal stone / an intrarenal calculus "
            "/ a staghorn calculus / a renal stone",
            validation="a renal concretion / a stone in the renal collecting system",
            test="urolithiasis / a pelvicalyceal calculus / a calcified density in the kidney",
        ),
        lay=Words(
            training="a stone in the kidney / a pebble in the kidney / a kidney rock / something "
            "hard in the kidney / a urine stone",
            validation="gravel in the kidney / a lump of calcium in the kidney",
            test="grit in the kidney / a crystal in the kidney / stone disease of the kidneys",
        ),
        abbreviation=Words(
            training="a renal calc / a KS",
            validation="a kid stone",
            test="a uro stone / a ren stone",
        ),
    ),
    "hydronephrosis": Names(
        radiological=Words(
            training="pelvicalyceal dilatation / obstructive uropathy / pelviectasis / an "
            "obstructed kidney / a distended renal pelvis",
            validation="pyelocaliectasis / dilatation of the upper urinary tract",
            test="caliectasis / a hydronephrotic kidney / distension of the renal calyces",
        ),
        lay=Words(
            training="a blocked kidney / a swollen kidney / water in the kidney / a kidney full "
            "of urine / urine backing up into the kidney",
            validation="a stretched kidney / a kidney that can't drain",
            test="a kidney that is backed up / a waterlogged kidney / trapped urine in the kidney",
        ),
        abbreviation=Words(
            training="hydro / HN",
            validation="HDN",
            test="hydroneph / PCS dilatation",
        ),
    ),
    "renal cyst": Names(
        radiological=Words(
            training="a simple cortical cyst / a Bosniak 1 cyst / an exophytic renal cyst / a "
            "cystic renal lesion / a parapelvic cyst",
            validation="a benign renal cystic lesion / a fluid-attenuation lesion of the kidney",
            test="a nephrogenic cyst / a water-density kidney lesion / a solitary cyst of "
            "the kidney",
        ),
        lay=Words(
            training="a water bubble on the kidney / a fluid sac on the kidney / a harmless "
            "bubble in the kidney / a cyst on the kidney",
            validation="a pocket of fluid on the kidney / a fluid-filled lump on the kidney",
            test="a blister on the kidney / a watery lump on the kidney / a bag of water on "
            "the kidney",
        ),
        abbreviation=Words(
            training="a ren cyst / an SRC",
            validation="a kid cyst",
            test="a cort cyst / a ren cort cyst",
        ),
    ),
    "adrenal mass": Names(
        radiological=Words(
            training="an adrenal incidentaloma / an adrenal adenoma / an adrenal nodule / a "
            "phaeochromocytoma / an adrenocortical tumour",
            validation="an adrenal lesion / an adrenal metastasis",
            test="an adrenal neoplasm / a suprarenal gland lesion / a suprarenal tumour",
        ),
        lay=Words(
            training="a lump above the kidney / a growth on the adrenal gland / a swollen "
            "adrenal gland / a tumour on top of the kidney",
            validation="a bump on the adrenal / something growing above the kidney",
            test="a lump on the adrenals / a knot on the gland over the kidney / a gland "
            "tumour above the kidney",
        ),
        abbreviation=Words(
            training="an adr mass / an adrenal inc",
            validation="an adr nodule",
            test="an adr tumour / an adrenal ca",
        ),
    ),
}

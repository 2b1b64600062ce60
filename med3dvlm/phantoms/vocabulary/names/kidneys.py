"""Other names of the findings of kidneys and adrenal glands."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT: dict[str, Names] = {
    "kidney stone": Names(
        radiological=Words(
            validation="a renal concretion / a stone in the renal collecting system",
            test="urolithiasis / a pelvicalyceal calculus / a calcified density in the kidney",
        ),
        lay=Words(
            validation="gravel in the kidney / a lump of calcium in the kidney",
            test="grit in the kidney / a crystal in the kidney / stone disease of the kidneys",
        ),
        abbreviation=Words(
            validation="a kid stone",
            test="a uro stone / a ren stone",
        ),
    ),
    "hydronephrosis": Names(
        radiological=Words(
            validation="pyelocaliectasis / dilatation of the upper urinary tract",
            test="caliectasis / a hydronephrotic kidney / distension of the renal calyces",
        ),
        lay=Words(
            validation="a stretched kidney / a kidney that can't drain",
            test="a kidney that is backed up / a waterlogged kidney / trapped urine in the kidney",
        ),
        abbreviation=Words(
            validation="HDN",
            test="hydroneph / PCS dilatation",
        ),
    ),
    "renal cyst": Names(
        radiological=Words(
            validation="a benign renal cystic lesion / a fluid-attenuation lesion of the kidney",
            test="a nephrogenic cyst / a water-density kidney lesion / a solitary cyst of "
            "the kidney",
        ),
        lay=Words(
            validation="a pocket of fluid on the kidney / a fluid-filled lump on the kidney",
            test="a blister on the kidney / a watery lump on the kidney / a bag of water on "
            "the kidney",
        ),
        abbreviation=Words(
            validation="a kid cyst",
            test="a cort cyst / a ren cort cyst",
        ),
    ),
    "adrenal mass": Names(
        radiological=Words(
            validation="an adrenal lesion / an adrenal metastasis",
            test="an adrenal neoplasm / a suprarenal gland lesion / a suprarenal tumour",
        ),
        lay=Words(
            validation="a bump on the adrenal / something growing above the kidney",
            test="a lump on the adrenals / a knot on the gland over the kidney / a gland "
            "tumour above the kidney",
        ),
        abbreviation=Words(
            validation="an adr nodule",
            test="an adr tumour / an adrenal ca",
        ),
    ),
}
KIDNEY_NAMES = with_training(HELD_OUT, file="kidneys")

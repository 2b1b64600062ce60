"""Other names of the findings of the pelvis."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT: dict[str, Names] = {
    "bladder stone": Names(
        radiological=Words(
            validation="an intravesical stone / cystolithiasis",
            test="an intravesical concrement / bladder lithiasis / a calcified focus in the "
            "bladder",
        ),
        lay=Words(
            validation="gravel in the bladder / a pee stone",
            test="grit in the bladder / a lump of calcium in the bladder / a crystal in the "
            "bladder",
        ),
        abbreviation=Words(
            validation="a UB calc",
            test="a vesical calc / a bladder calc",
        ),
    ),
    "bladder mass": Names(
        radiological=Words(
            validation="a bladder neoplasm / an exophytic bladder lesion",
            test="a papillary lesion in the bladder / bladder carcinoma / focal thickening "
            "of the bladder wall",
        ),
        lay=Words(
            validation="a swelling in the bladder wall / something growing in the bladder",
            test="a knob in the bladder / cancer of the bladder / a bump on the wall of the "
            "bladder",
        ),
        abbreviation=Words(
            validation="a TCC",
            test="a bl mass / a UB tumour",
        ),
    ),
    "adnexal cyst": Names(
        radiological=Words(
            validation="an adnexal mass / a unilocular cyst of the ovary",
            test="a cystic lesion of the ovary / a corpus luteum cyst / a cystic lesion "
            "beside the uterus",
        ),
        lay=Words(
            validation="a growth on the ovary / an ovary full of fluid",
            test="a blister on the ovary / a bag of fluid next to the womb / a watery lump "
            "on the ovary",
        ),
        abbreviation=Words(
            validation="an ovar cyst",
            test="an adnex cyst / a CL cyst",
        ),
    ),
    "lytic bone lesion": Names(
        radiological=Words(
            validation="lysis of the iliac bone / a skeletal metastasis",
            test="osteolysis / a bony secondary / a lucent bone lesion",
        ),
        lay=Words(
            validation="a growth in the pelvic bone / a bad spot in the bone",
            test="a gap in the bone / cancer in the bones / a soft spot in the pelvic bone",
        ),
        abbreviation=Words(
            validation="a lytic les",
            test="an osteolyt lesion / a skel met",
        ),
    ),
    "hip prosthesis": Names(
        radiological=Words(
            validation="a femoral head prosthesis / a total joint replacement of the hip",
            test="an endoprosthetic hip / a joint prosthesis / a metallic femoral component",
        ),
        lay=Words(
            validation="a hip implant / a false hip",
            test="a titanium hip / a man-made hip joint / a replaced hip",
        ),
        abbreviation=Words(
            validation="a hip repl",
            test="a TEP / a hip pros",
        ),
    ),
}
PELVIS_NAMES = with_training(HELD_OUT, file="pelvis")

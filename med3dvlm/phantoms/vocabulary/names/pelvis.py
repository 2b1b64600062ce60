"""Other names of the findings of the pelvis."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

PELVIS_NAMES: dict[str, Names] = {
    "bladder stone": Names(
        radiological=Words(
            training="a cystolith / vesical lithiasis / a urinary bladder calculus / a calcified "
            "bladder concretion",
            validation="an intravesical stone / cystolithiasis",
            test="an intravesical concrement / bladder lithiasis / a calcified focus in the "
            "bladder",
        ),
        lay=Words(
            training="a stone in the bladder / a pebble in the bladder / a rock in the bladder / "
            "something hard in the bladder",
            validation="gravel in the bladder / a pee stone",
            test="grit in the bladder / a lump of calcium in the bladder / a crystal in the "
            "bladder",
        ),
        abbreviation=Words(
            training="a UB stone / a bl stone",
            validation="a UB calc",
            test="a vesical calc / a bladder calc",
        ),
    ),
    "bladder mass": Names(
        radiological=Words(
            training="a urothelial carcinoma / a transitional cell carcinoma / an intravesical "
            "mass / a bladder wall lesion / a vesical tumour",
            validation="a bladder neoplasm / an exophytic bladder lesion",
            test="a papillary lesion in the bladder / bladder carcinoma / focal thickening "
            "of the bladder wall",
        ),
        lay=Words(
            training="a growth in the bladder / a lump in the bladder / bladder cancer / a polyp "
            "in the bladder",
            validation="a swelling in the bladder wall / something growing in the bladder",
            test="a knob in the bladder / cancer of the bladder / a bump on the wall of the "
            "bladder",
        ),
        abbreviation=Words(
            training="a UB mass / a bladder ca",
            validation="a TCC",
            test="a bl mass / a UB tumour",
        ),
    ),
    "adnexal cyst": Names(
        radiological=Words(
            training="a cystic ovarian mass / a follicular cyst / a paraovarian cyst / a "
            "cystadenoma / a functional ovarian cyst",
            validation="an adnexal mass / a unilocular cyst of the ovary",
            test="a cystic lesion of the ovary / a corpus luteum cyst / a cystic lesion "
            "beside the uterus",
        ),
        lay=Words(
            training="a cyst on the ovary / a fluid sac on the ovary / a swollen ovary / a lump "
            "on the ovary / a water bubble on the ovary",
            validation="a growth on the ovary / an ovary full of fluid",
            test="a blister on the ovary / a bag of fluid next to the womb / a watery lump "
            "on the ovary",
        ),
        abbreviation=Words(
            training="an ov cyst / an adnx cyst",
            validation="an ovar cyst",
            test="an adnex cyst / a CL cyst",
        ),
    ),
    "lytic bone lesion": Names(
        radiological=Words(
            training="an osteolytic lesion / a bone metastasis / a lytic metastasis / an osseous "
            "metastasis / a destructive osseous lesion",
            validation="lysis of the iliac bone / a skeletal metastasis",
            test="osteolysis / a bony secondary / a lucent bone lesion",
        ),
        lay=Words(
            training="a hole in the bone / bone cancer / cancer that has spread to the bone / a "
            "tumour in the hip bone / an eaten-away bone",
            validation="a growth in the pelvic bone / a bad spot in the bone",
            test="a gap in the bone / cancer in the bones / a soft spot in the pelvic bone",
        ),
        abbreviation=Words(
            training="a bone met / many bone mets",
            validation="a lytic les",
            test="an osteolyt lesion / a skel met",
        ),
    ),
    "hip prosthesis": Names(
        radiological=Words(
            training="a total hip replacement / a hip endoprosthesis / a hemiarthroplasty / "
            "orthopaedic hardware in the hip",
            validation="a femoral head prosthesis / a total joint replacement of the hip",
            test="an endoprosthetic hip / a joint prosthesis / a metallic femoral component",
        ),
        lay=Words(
            training="an artificial hip / a new hip / a metal hip / a fake hip / metal in the hip",
            validation="a hip implant / a false hip",
            test="a titanium hip / a man-made hip joint / a replaced hip",
        ),
        abbreviation=Words(
            training="a THR / a THA",
            validation="a hip repl",
            test="a TEP / a hip pros",
        ),
    ),
}

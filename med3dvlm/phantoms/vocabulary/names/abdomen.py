"""Other names of the findings of the abdomen: liver, gallbladder, spleen, bowel, aorta."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT: dict[str, Names] = {
    "liver metastases": Names(
        radiological=Words(
            validation="many focal hepatic lesions / disseminated tumour in the liver",
            test="multifocal hepatic malignancy / many secondary liver tumours / hepatic spread",
        ),
        lay=Words(
            validation="many growths in the liver / cancer in the liver",
            test="many lumps in the liver / spread to the liver / a liver full of tumours",
        ),
        abbreviation=Words(
            validation="CRLM",
            test="many mets in the liver / many hepatic mets",
        ),
    ),
    "liver cyst": Names(
        radiological=Words(
            validation="an intrahepatic cyst / a fluid-filled liver lesion",
            test="a congenital cyst of the liver / a water-density liver lesion / a hepatic "
            "cystic focus",
        ),
        lay=Words(
            validation="a pocket of water in the liver / a bubble on the liver",
            test="a blister in the liver / a watery lump in the liver / a bag of fluid on "
            "the liver",
        ),
        abbreviation=Words(
            validation="a liv cyst",
            test="a hepat cyst / a simple hep cyst",
        ),
    ),
    "gallstone": Names(
        radiological=Words(
            validation="a gallbladder concretion / biliary stone disease",
            test="cholecystolithiasis / a gallbladder concrement / a calcified gallbladder focus",
        ),
        lay=Words(
            validation="gravel in the gallbladder / something hard in the gallbladder",
            test="a gall stone / a rock in the gallbladder / many little stones in the gall",
        ),
        abbreviation=Words(
            validation="a GB calc",
            test="cholelith / a gallst",
        ),
    ),
    "splenomegaly": Names(
        radiological=Words(
            validation="megalosplenia / increased spleen length",
            test="splenic hypertrophy / a spleen above normal limits / a hyperplastic spleen",
        ),
        lay=Words(
            validation="an oversized spleen / a huge spleen",
            test="a swollen spleen / a puffed-up spleen / a giant spleen",
        ),
        abbreviation=Words(
            validation="splenomeg",
            test="spleno / an enlgd spleen",
        ),
    ),
    "abdominal aortic aneurysm": Names(
        radiological=Words(
            validation="a fusiform infrarenal dilatation / a juxtarenal aneurysm",
            test="widening of the abdominal aorta / an aneurysm below the renal arteries / "
            "an infrarenal aortic dilation",
        ),
        lay=Words(
            validation="an enlarged artery in the abdomen / a blown-up blood vessel in the belly",
            test="a weak spot in the belly aorta / a ballooned vessel in the tummy / a "
            "stretched main blood vessel in the abdomen",
        ),
        abbreviation=Words(
            validation="a triple A",
            test="an abd ao aneurysm / an iAAA",
        ),
    ),
    "ascites": Names(
        radiological=Words(
            validation="an ascitic collection / fluid in the paracolic gutters",
            test="hydroperitoneum / fluid in Morison's pouch / an intra-abdominal effusion",
        ),
        lay=Words(
            validation="water on the stomach / a watery belly",
            test="liquid in the tummy / water inside the abdomen / fluid pooling around the bowels",
        ),
        abbreviation=Words(validation="free fl", test="IP fluid / IPF"),
    ),
    "bowel obstruction": Names(
        radiological=Words(
            validation="small-bowel dilatation / an obstructed jejunum",
            test="subileus / many distended intestinal loops / an enteric obstruction",
        ),
        lay=Words(
            validation="many swollen bowels / a gut that has stopped",
            test="many stuck bowels / a clogged intestine / a stoppage in the gut",
        ),
        abbreviation=Words(
            validation="an intest obstr",
            test="an SBO / a small bowel obstr",
        ),
    ),
    "free air": Names(
        radiological=Words(
            validation="a bowel perforation / peritoneal gas",
            test="a hollow organ perforation / subphrenic gas / gas outside the bowel",
        ),
        lay=Words(
            validation="air outside the intestines / a perforated gut",
            test="gas escaped into the tummy / a leak in the bowel / a ruptured gut",
        ),
        abbreviation=Words(
            validation="pneumoperit",
            test="subdiaph gas / free abd air",
        ),
    ),
}
ABDOMEN_NAMES = with_training(HELD_OUT, file="abdomen")

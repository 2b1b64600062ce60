"""Other names of the findings of the abdomen: liver, gallbladder, spleen, bowel, aorta."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

ABDOMEN_NAMES: dict[str, Names] = {
    "liver metastases": Names(
        radiological=Words(
            training="many hepatic secondaries / metastatic disease of the liver / many hepatic "
            "deposits / secondary liver malignancy / many metastatic liver lesions",
            validation="many focal hepatic lesions / disseminated tumour in the liver",
            test="multifocal hepatic malignancy / many secondary liver tumours / hepatic spread",
        ),
        lay=Words(
            training="cancer that has spread to the liver / many secondaries in the liver / "
            "liver cancer / many tumours in the liver / many spots on the liver",
            validation="many growths in the liver / cancer in the liver",
            test="many lumps in the liver / spread to the liver / a liver full of tumours",
        ),
        abbreviation=Words(
            training="many liver mets / many hep mets",
            validation="CRLM",
            test="many mets in the liver / many hepatic mets",
        ),
    ),
    "liver cyst": Names(
        radiological=Words(
            training="a biliary cyst / a simple hepatic cyst / a non-parasitic liver cyst / a "
            "cystic liver lesion / a benign hepatic cystic lesion",
            validation="an intrahepatic cyst / a fluid-filled liver lesion",
            test="a congenital cyst of the liver / a water-density liver lesion / a hepatic "
            "cystic focus",
        ),
        lay=Words(
            training="a water bubble in the liver / a fluid sac in the liver / a harmless cyst "
            "on the liver / a fluid-filled lump in the liver",
            validation="a pocket of water in the liver / a bubble on the liver",
            test="a blister in the liver / a watery lump in the liver / a bag of fluid on "
            "the liver",
        ),
        abbreviation=Words(
            training="a hep cyst / an SHC",
            validation="a liv cyst",
            test="a hepat cyst / a simple hep cyst",
        ),
    ),
    "gallstone": Names(
        radiological=Words(
            training="a biliary calculus / a cholecystolith / a calculus in the gallbladder / "
            "biliary lithiasis / a cholesterol stone",
            validation="a gallbladder concretion / biliary stone disease",
            test="cholecystolithiasis / a gallbladder concrement / a calcified gallbladder focus",
        ),
        lay=Words(
            training="a stone in the gall bladder / a gall bladder stone / a pebble in the "
            "gallbladder / a bile stone",
            validation="gravel in the gallbladder / something hard in the gallbladder",
            test="a gall stone / a rock in the gallbladder / many little stones in the gall",
        ),
        abbreviation=Words(
            training="a GB stone / a GS",
            validation="a GB calc",
            test="cholelith / a gallst",
        ),
    ),
    "splenomegaly": Names(
        radiological=Words(
            training="increased splenic volume / a massively enlarged spleen / an elongated "
            "spleen / congestive splenomegaly",
            validation="megalosplenia / increased spleen length",
            test="splenic hypertrophy / a spleen above normal limits / a hyperplastic spleen",
        ),
        lay=Words(
            training="a big spleen / a spleen that is too big / a large spleen / a spleen bigger "
            "than normal",
            validation="an oversized spleen / a huge spleen",
            test="a swollen spleen / a puffed-up spleen / a giant spleen",
        ),
        abbreviation=Words(
            training="SMG / an enl spleen",
            validation="splenomeg",
            test="spleno / an enlgd spleen",
        ),
    ),
    "abdominal aortic aneurysm": Names(
        radiological=Words(
            training="an ectatic abdominal aorta / aneurysmal dilatation of the infrarenal aorta "
            "/ a dilated abdominal aorta / abdominal aortic ectasia",
            validation="a fusiform infrarenal dilatation / a juxtarenal aneurysm",
            test="widening of the abdominal aorta / an aneurysm below the renal arteries / "
            "an infrarenal aortic dilation",
        ),
        lay=Words(
            training="a bulge in the belly artery / a swollen aorta in the belly / a ballooning "
            "artery in the abdomen / a bulging main artery in the tummy",
            validation="an enlarged artery in the abdomen / a blown-up blood vessel in the belly",
            test="a weak spot in the belly aorta / a ballooned vessel in the tummy / a "
            "stretched main blood vessel in the abdomen",
        ),
        abbreviation=Words(
            training="a AAA / an abdo AA",
            validation="a triple A",
            test="an abd ao aneurysm / an iAAA",
        ),
    ),
    "ascites": Names(
        radiological=Words(
            training="free fluid in the peritoneal cavity / intraperitoneal fluid / a peritoneal "
            "effusion / free intra-abdominal fluid / perihepatic fluid",
            validation="an ascitic collection / fluid in the paracolic gutters",
            test="hydroperitoneum / fluid in Morison's pouch / an intra-abdominal effusion",
        ),
        lay=Words(
            training="water in the belly / fluid in the belly / fluid in the tummy / a belly "
            "full of water / loose fluid in the abdomen",
            validation="water on the stomach / a watery belly",
            test="liquid in the tummy / water inside the abdomen / fluid pooling around the bowels",
        ),
        abbreviation=Words(training="FF / abd FF", validation="free fl", test="IP fluid / IPF"),
    ),
    "bowel obstruction": Names(
        radiological=Words(
            training="many dilated small bowel loops / an intestinal obstruction / a mechanical "
            "obstruction of the bowel / many air-fluid levels in the bowel",
            validation="small-bowel dilatation / an obstructed jejunum",
            test="subileus / many distended intestinal loops / an enteric obstruction",
        ),
        lay=Words(
            training="a blocked bowel / a bowel blockage / a blocked gut / a blockage in the "
            "intestines",
            validation="many swollen bowels / a gut that has stopped",
            test="many stuck bowels / a clogged intestine / a stoppage in the gut",
        ),
        abbreviation=Words(
            training="a BO / an SB obstruction",
            validation="an intest obstr",
            test="an SBO / a small bowel obstr",
        ),
    ),
    "free air": Names(
        radiological=Words(
            training="extraluminal gas / free gas under the diaphragm / a perforated viscus / "
            "intraperitoneal air / free subdiaphragmatic air",
            validation="a bowel perforation / peritoneal gas",
            test="a hollow organ perforation / subphrenic gas / gas outside the bowel",
        ),
        lay=Words(
            training="air in the belly / air loose in the abdomen / a hole in the bowel / a "
            "burst bowel / gas leaking from the gut",
            validation="air outside the intestines / a perforated gut",
            test="gas escaped into the tummy / a leak in the bowel / a ruptured gut",
        ),
        abbreviation=Words(
            training="free IP gas / a perf",
            validation="pneumoperit",
            test="subdiaph gas / free abd air",
        ),
    ),
}

"""Other names of the findings of the chest."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words, with_training

HELD_OUT: dict[str, Names] = {
    "lung nodule": Names(
        radiological=Words(
            validation="a parenchymal lung nodule / a rounded pulmonary opacity",
            test="a solid intrapulmonary lesion / a bronchogenic carcinoma / a lung neoplasm",
        ),
        lay=Words(
            validation="a lung tumour / something growing in the lung",
            test="a blob in the lung / a round thing in the lung / a dot on the lung",
        ),
        abbreviation=Words(
            validation="a lung nod",
            test="a PN / lung ca",
        ),
    ),
    "consolidation": Names(
        radiological=Words(
            validation="parenchymal opacification / infiltration of a lobe",
            test="a lobar infiltrate / air-space filling / pneumonic change",
        ),
        lay=Words(
            validation="a cloudy patch on the lung / pus in the lung",
            test="many white patches in the lung / an infected chest / congestion in the lung",
        ),
        abbreviation=Words(validation="CAP", test="HAP / an infilt"),
    ),
    "pleural effusion": Names(
        radiological=Words(
            validation="a basal effusion / blunting of the costophrenic angle",
            test="a thoracic effusion / a pleural transudate / an exudate in the pleural cavity",
        ),
        lay=Words(
            validation="water in the chest / fluid in the chest",
            test="water on the lungs / a build-up of liquid beside the lung / liquid "
            "collecting in the chest",
        ),
        abbreviation=Words(
            validation="a pleff",
            test="pleural fl / a PLEF",
        ),
    ),
    "pneumothorax": Names(
        radiological=Words(
            validation="a visible visceral pleural line / a pleural air collection",
            test="gas in the pleural cavity / intrathoracic free gas / extrapulmonary air",
        ),
        lay=Words(
            validation="air around the lung / a deflated lung",
            test="a leaking lung / air trapped in the chest / a dropped lung",
        ),
        abbreviation=Words(
            validation="a pneumo",
            test="a pnthx / a pneumoth",
        ),
    ),
    "pericardial effusion": Names(
        radiological=Words(
            validation="a distended pericardium / a circumferential effusion of the pericardium",
            test="liquid within the pericardium / a pericardial exudate / an effusion around "
            "the heart",
        ),
        lay=Words(
            validation="fluid in the bag around the heart / water in the heart lining",
            test="liquid pressing on the heart / fluid in the pouch of the heart / a puddle "
            "around the heart",
        ),
        abbreviation=Words(
            validation="pericard fluid",
            test="a PEff / a pericard eff",
        ),
    ),
    "mediastinal mass": Names(
        radiological=Words(
            validation="a prevascular mass / a substernal tumour",
            test="a mediastinal lymphoma / a germ cell tumour of the chest / a mediastinal growth",
        ),
        lay=Words(
            validation="something growing behind the sternum / a lump in front of the heart",
            test="a swelling between the lungs / a tumour next to the heart / a lump deep in "
            "the chest",
        ),
        abbreviation=Words(
            validation="a mediast mass",
            test="a med tumour / an ant med mass",
        ),
    ),
    "thoracic aortic aneurysm": Names(
        radiological=Words(
            validation="thoracic aortic ectasia / an ascending aneurysm",
            test="widening of the thoracic aorta / a fusiform aneurysm in the chest / a "
            "descending aneurysm",
        ),
        lay=Words(
            validation="a bulging blood vessel in the chest / a swollen artery above the heart",
            test="a weak spot in the big chest artery / an enlarged aorta near the heart / a "
            "ballooned vessel in the chest",
        ),
        abbreviation=Words(
            validation="an asc ao aneurysm",
            test="a DTAA / a thor aneurysm",
        ),
    ),
    "vertebral fracture": Names(
        radiological=Words(
            validation="loss of vertebral height / a burst fracture",
            test="an insufficiency fracture of a vertebra / an endplate fracture / a "
            "fractured vertebral body",
        ),
        lay=Words(
            validation="a fractured back / a crack in the spine",
            test="a broken spine / a caved-in backbone / a snapped vertebra",
        ),
        abbreviation=Words(
            validation="a vert fx",
            test="a spine fx / a vertebral #",
        ),
    ),
}
CHEST_NAMES = with_training(HELD_OUT, file="chest")

"""Other names of the findings of the chest."""

from med3dvlm.phantoms.vocabulary.lexicon import Names, Words

CHEST_NAMES: dict[str, Names] = {
    "lung nodule": Names(
        radiological=Words(
            training="a solitary pulmonary nodule / a pulmonary coin lesion / a spiculated lung "
            "lesion / a focal lung lesion / a pulmonary mass",
            validation="a parenchymal lung nodule / a rounded pulmonary opacity",
            test="a solid intrapulmonary lesion / a bronchogenic carcinoma / a lung neoplasm",
        ),
        lay=Words(
            training="a spot on the lung / a lump in the lung / a growth in the lung / a shadow "
            "on the lung / lung cancer / many spots on the lungs",
            validation="a lung tumour / something growing in the lung",
            test="a blob in the lung / a round thing in the lung / a dot on the lung",
        ),
        abbreviation=Words(
            training="an SPN / a pulm nodule",
            validation="a lung nod",
            test="a PN / lung ca",
        ),
    ),
    "consolidation": Names(
        radiological=Words(
            training="an infiltrate / airspace disease / alveolar consolidation / a pulmonary "
            "infiltrate / bronchopneumonia",
            validation="parenchymal opacification / infiltration of a lobe",
            test="a lobar infiltrate / air-space filling / pneumonic change",
        ),
        lay=Words(
            training="a chest infection / an infection in the lung / an infected lung / a lung "
            "infection / inflammation of the lung",
            validation="a cloudy patch on the lung / pus in the lung",
            test="many white patches in the lung / an infected chest / congestion in the lung",
        ),
        abbreviation=Words(training="PNA / a consol", validation="CAP", test="HAP / an infilt"),
    ),
    "pleural effusion": Names(
        radiological=Words(
            training="a parapneumonic effusion / fluid in the pleural space / a pleural "
            "collection / a layering effusion / pleural liquid",
            validation="a basal effusion / blunting of the costophrenic angle",
            test="a thoracic effusion / a pleural transudate / an exudate in the pleural cavity",
        ),
        lay=Words(
            training="fluid on the lung / fluid around the lungs / water around the lung / "
            "liquid outside the lung / water in the lungs",
            validation="water in the chest / fluid in the chest",
            test="water on the lungs / a build-up of liquid beside the lung / liquid "
            "collecting in the chest",
        ),
        abbreviation=Words(
            training="a pleural eff / a pl eff",
            validation="a pleff",
            test="pleural fl / a PLEF",
        ),
    ),
    "pneumothorax": Names(
        radiological=Words(
            training="intrapleural air / a tension pneumothorax / a spontaneous pneumothorax / "
            "free pleural air / an apical pneumothorax",
            validation="a visible visceral pleural line / a pleural air collection",
            test="gas in the pleural cavity / intrathoracic free gas / extrapulmonary air",
        ),
        lay=Words(
            training="a punctured lung / a popped lung / air outside the lung / a lung that has "
            "collapsed / a burst lung",
            validation="air around the lung / a deflated lung",
            test="a leaking lung / air trapped in the chest / a dropped lung",
        ),
        abbreviation=Words(
            training="a PTX / a PNX",
            validation="a pneumo",
            test="a pnthx / a pneumoth",
        ),
    ),
    "pericardial effusion": Names(
        radiological=Words(
            training="a hydropericardium / a haemopericardium / a pericardial collection / "
            "cardiac tamponade / tamponade",
            validation="a distended pericardium / a circumferential effusion of the pericardium",
            test="liquid within the pericardium / a pericardial exudate / an effusion around "
            "the heart",
        ),
        lay=Words(
            training="water around the heart / fluid in the heart sac / liquid around the heart "
            "/ water on the heart / a heart surrounded by fluid",
            validation="fluid in the bag around the heart / water in the heart lining",
            test="liquid pressing on the heart / fluid in the pouch of the heart / a puddle "
            "around the heart",
        ),
        abbreviation=Words(
            training="a PCE / a peric eff",
            validation="pericard fluid",
            test="a PEff / a pericard eff",
        ),
    ),
    "mediastinal mass": Names(
        radiological=Words(
            training="a thymoma / a retrosternal mass / an anterior mediastinal lesion / a "
            "mediastinal neoplasm / a thymic mass",
            validation="a prevascular mass / a substernal tumour",
            test="a mediastinal lymphoma / a germ cell tumour of the chest / a mediastinal growth",
        ),
        lay=Words(
            training="a lump behind the breastbone / a growth between the lungs / a tumour in "
            "the middle of the chest / a lump in the middle of the chest",
            validation="something growing behind the sternum / a lump in front of the heart",
            test="a swelling between the lungs / a tumour next to the heart / a lump deep in "
            "the chest",
        ),
        abbreviation=Words(
            training="an AMM / a med mass",
            validation="a mediast mass",
            test="a med tumour / an ant med mass",
        ),
    ),
    "thoracic aortic aneurysm": Names(
        radiological=Words(
            training="an ectatic thoracic aorta / dilatation of the ascending aorta / a dilated "
            "descending aorta / aneurysmal dilatation of the thoracic aorta",
            validation="thoracic aortic ectasia / an ascending aneurysm",
            test="widening of the thoracic aorta / a fusiform aneurysm in the chest / a "
            "descending aneurysm",
        ),
        lay=Words(
            training="a bulge in the chest artery / a swollen aorta in the chest / a ballooning "
            "artery in the chest / a widened main artery near the heart",
            validation="a bulging blood vessel in the chest / a swollen artery above the heart",
            test="a weak spot in the big chest artery / an enlarged aorta near the heart / a "
            "ballooned vessel in the chest",
        ),
        abbreviation=Words(
            training="a TAA / an ATAA",
            validation="an asc ao aneurysm",
            test="a DTAA / a thor aneurysm",
        ),
    ),
    "vertebral fracture": Names(
        radiological=Words(
            training="a collapsed vertebra / a vertebral compression deformity / an osteoporotic "
            "fracture of the spine / anterior wedging of a vertebral body / a crush "
            "fracture",
            validation="loss of vertebral height / a burst fracture",
            test="an insufficiency fracture of a vertebra / an endplate fracture / a "
            "fractured vertebral body",
        ),
        lay=Words(
            training="a broken back / a crushed vertebra / a cracked vertebra / a broken bone in "
            "the back / a squashed backbone",
            validation="a fractured back / a crack in the spine",
            test="a broken spine / a caved-in backbone / a snapped vertebra",
        ),
        abbreviation=Words(
            training="a VCF / a comp fx",
            validation="a vert fx",
            test="a spine fx / a vertebral #",
        ),
    ),
}

"""What may lie in an organ: the words of the findings that were taught there, and everyday ones.

fitting = Fitting(terms, common)
fitting.fits("bubble", "liver")          # True
fitting.fits("coin", "kidney")           # False: a word of every day, and no finding there
fitting.fits("gunk", "lung")             # True: no word that is known, so it may be one

People say a finding in words that are always new, so the list of everyday words is generous.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from med3dvlm.engine.understanding.lexicon import key
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.vocabulary.lexicon import Term
from med3dvlm.phantoms.vocabulary.names.all import KIND_NAMES

# Whatever the organ, somebody may speak of a finding so.
EVERYDAY = frozenset(
    key("""
    lump lumpiness bump growth mass tumour tumor swelling knot knob ball blob node nodule lesion
    spot dot speck fleck mark shadow shade patch blotch smudge blemish area zone region place part
    bit piece one thing stuff something anything nothing everything shape density opacity whiteness
    darkness brightness structure formation collection accumulation buildup focus foci enhancement
    contrast texture outline contour cancer malignancy metastasis met neoplasm carcinoma secondary
    secondaries deposit spread disease illness infection inflammation infiltrate problem trouble
    issue matter concern damage injury harm change abnormality anomaly irregularity finding defect
    fault disorder sickness ailment complaint pathology process condition evidence sign symptom
    trace hint indication suspicion suggestion feature appearance wrong bad ill amiss odd off
    unusual strange weird abnormal suspicious hard soft round big large small white dark black
    bright visible present seen found cyst bubble blister sac sack pocket pouch vesicle cavity
    space hole gap crack break split fracture fissure dent collapse hollow void lucency water
    fluid liquid wetness moisture pool puddle effusion air gas calculus calculi calcium
    calcification mineral concretion lithiasis sludge bulge dilatation dilation widening aneurysm
    thickening bulging stranding blunting scarring growing happening
    enlargement expansion blockage block obstruction kink twist plug jam constriction narrowing
    pressure backup loss shrinkage weakness ca roi sol nod cal eff
    """)
)
# Only where one of these words is said of a finding that was taught there.
STONES = frozenset(key("stone rock pebble gravel sand grit grain crystal boulder nugget chalk"))
WITH_STONES = frozenset({"gallbladder", "kidney", "bladder", "abdomen", "pelvis"})
BODILY = ("ation", "osis", "itis", "oma", "omata", "ness", "ity", "ment", "ectasis", "ia")
# Where a finding of a neighbour may be said to be.
BESIDE = {"lung": ("pleura",), "pleura": ("lung",), "heart": ("mediastinum",)}


class Fitting:
    """The words that may be said of something in each organ or region."""

    def __init__(self, terms: Iterable[Term], common: Collection[str]) -> None:
        """Names that are known, and words at large, in lower case."""
        known, self._common = set(terms), common
        self._said = defaultdict[str, set[str]](set)
        for kind, names in KIND_NAMES.items():
            words = {word for term in names.terms if term in known for word in key(term.text)}
            for place in (KINDS[kind].organ, *KINDS[kind].regions):
                self._said[place] |= words

    def fits(self, word: str, place: str) -> bool:
        """Whether a word may mean something that is in an organ or a region."""
        said = (key(word) or ("",))[-1]  # of "fluid-filled", the end
        if said in STONES:
            return place in WITH_STONES
        places = (place, *BESIDE.get(place, ()))
        named = any(said in self._said[where] for where in places)
        usual = said in self._common or word.lower() in self._common
        return named or said in EVERYDAY or said.endswith(BODILY) or not usual

"""What is said to be in an organ: a lesion may be, a sandwich may not.

contents("Is there a sandwich in the spleen?", found)        # "sandwich"
Contents(terms).foreign("Is there a sandwich in the spleen?", found)      # True

The reader knows the organ and takes what lies in it for the finding that is most often asked of it.
A list of what is no finding is used, not one of what is: people say a finding in words that are
always new ("a blister on the kidney").
"""

import re
from collections.abc import Iterable, Sequence

from med3dvlm.engine.understanding.lexicon import Found, key
from med3dvlm.phantoms.vocabulary.lexicon import AFTER_NOUN, Term

# A thing, then where it is, up to the organ.
WITHIN = re.compile(
    r"\b(?!(?:an?|the|any|some|is|are)\b)([a-z][a-z'-]*)(?: (?:that|which) (?:is|are))?"
    r"(?: (?:\w+ing|stuck|hidden|trapped|left|lost|stored|lodged))?"
    r" (?:in|inside|within|into|on|onto|on top of|under|behind)(?: (?:the|a|an|my|his|her|their|"
    r"our|your|this|that|either|both|one|left|right|upper|lower|da|de))*\s*$",
    re.IGNORECASE,
)
FULL_OF = re.compile(
    r"^\W*(?:is |are )?(?:full of|filled with|made of|with) (?:\w+ly )?([a-z]+)", re.IGNORECASE
)
# What nobody means by a finding: food, animals, people, things of every day, substances, ideas.
THINGS = frozenset(
    key("""
    sandwich pizza burger hamburger hotdog bread cake cookie biscuit chocolate candy sweet cheese
    banana apple orange lemon tomato potato carrot onion salad soup pasta noodle rice steak bacon
    beer wine whisky vodka coffee tea milk juice cola soda lemonade sugar salt honey butter cat
    kitten dog puppy mouse rat hamster rabbit bunny horse cow pig sheep goat bird parrot chicken
    duck fish shark whale frog snake lizard crocodile turtle elephant lion tiger bear monkey gorilla
    giraffe hippopotamus rhino kangaroo wolf fox spider ant bee wasp fly beetle cockroach butterfly
    worm snail slug dinosaur dragon unicorn mermaid alien ghost devil demon angel monster zombie
    vampire fairy wizard robot god soul spirit person people man woman somebody someone boy girl
    king queen president pirate ninja soldier doctor nurse clown teacher toy teddy doll lego car
    truck bus train bicycle bike aeroplane airplane helicopter rocket ship boat submarine phone
    smartphone telephone mobile computer laptop tablet television tv radio camera router wifi modem
    battery charger cable lamp torch candle clock watch ring necklace bracelet earring key spoon
    fork knife plate cup mug bottle glass umbrella hat shoe sock glove shirt trousers book newspaper
    letter pen pencil paper scissors hammer screwdriver chair table sofa bed door window house
    castle bridge tree flower grass leaf forest mountain river ocean sea moon sun star planet sky
    rain snow lightning thunder fire smoke money gold silver diamond dollar euro treasure jewel bomb
    gun pistol bullet sword plastic rubber wood steel petrol oil paint ink soap shampoo love
    happiness sadness anger music song joke secret magic electricity internet software virus
    password football piano guitar drum violin sandal wallet purse suitcase coin iron copper bag
    button magnet microphone helium mosquito poison jewellery jewelry pudding rust microchip chip
    needle cotton oxygen lava dust hair spaceship tar pollen eye tooth disk usb nail cigarette
    sausage pancake waffle doughnut donut muffin croissant taco burrito sushi popcorn peanut walnut
    raisin cherry strawberry melon watermelon pineapple mango pear peach plum kiwi coconut broccoli
    cabbage lettuce cucumber spinach garlic ginger ketchup mustard vinegar flour yoghurt yogurt
    cereal lollipop marshmallow champagne whiskey gin rum tequila espresso cocoa donkey camel zebra
    deer moose squirrel hedgehog badger otter beaver raccoon skunk eagle owl penguin ostrich peacock
    swan goose turkey pigeon octopus squid lobster shrimp dolphin walrus jellyfish starfish scorpion
    centipede caterpillar ladybird ladybug grasshopper moth termite flea goldfish piranha godzilla
    yeti bigfoot leprechaun elf dwarf troll goblin genie mummy werewolf santa superman batman
    spiderman scarf jumper sweater jacket coat dress skirt jeans belt helmet crown boot slipper
    sneaker brooch sunglasses spectacles toothbrush comb razor towel bucket broom mop hoover fridge
    freezer oven toaster kettle microwave dishwasher blender chopstick corkscrew lighter matchstick
    ashtray vase pillow blanket mattress carpet curtain mirror ladder chimney brick cement concrete
    wrench spanner axe shovel rake lawnmower wheelbarrow rope padlock hinge lightbulb socket antenna
    satellite drone tractor lorry van taxi motorbike motorcycle scooter skateboard surfboard yacht
    canoe kayak trumpet flute saxophone harmonica accordion banjo ukulele keyboard printer joystick
    playstation xbox nintendo ipad iphone android headphone earphone loudspeaker calculator stapler
    crayon paintbrush envelope postcard passport ticket receipt banknote cheque domino chess dice
    frisbee boomerang kite trampoline volcano earthquake tornado hurricane rainbow comet asteroid
    meteor galaxy universe desert island beach waterfall cactus pumpkin sunflower tulip daisy bible
    koran hope courage wisdom hatred envy luck karma destiny dream nightmare idea opinion bitcoin
    email website homework algebra physics poetry novel
    """)
)


class Contents:
    """The words with which findings are named, and so may be in an organ."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._known = frozenset(_noun(term.text) for term in terms)

    def foreign(self, text: str, found: Sequence[Found]) -> bool:
        """Whether a text puts something in an organ or region that is no finding at all."""
        words = key(contents(text, found))
        return bool(words) and words[0] in THINGS and words[0] not in self._known


def contents(text: str, found: Sequence[Found]) -> str:
    """The noun that is said to be in a named organ; empty if none is."""
    for one in found:
        if one.sort not in ("organ", "value"):
            continue
        inside = WITHIN.search(text[: one.start]) or FULL_OF.match(text[one.end :])
        if inside is not None:
            return inside[1].lower()
    return ""


def _noun(term: str) -> str:
    """The last word of the noun of a term: cyst, of "a chocolate cyst on the ovary"."""
    cut = AFTER_NOUN.search(f"{term} ")
    words = key(term[: cut.start()] if cut else term)
    return words[-1] if words else ""

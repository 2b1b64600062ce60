"""Colours for labels, which people with any of the usual colour vision tell apart.

colour_of(0)     # of the largest label

The first seven are those of Okabe and Ito without black; the next seven are lighter, then darker.
Beyond these they come again: the name under the cursor tells labels apart in any case.
"""

Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66), (204, 121, 167), (213, 94, 0),
    (0, 114, 178),
)  # fmt: skip
WHITE, BLACK = 255, 0
SHADES = ((WHITE, 0.0), (WHITE, 0.5), (BLACK, 0.4))  # mixed with how much of what


def colour_of(number: int) -> Colour:
    """The colour of the label at a place in the legend."""
    rounds, place = divmod(number, len(PALETTE))
    tone, share = SHADES[rounds % len(SHADES)]
    red, green, blue = (round(c + share * (tone - c)) for c in PALETTE[place])
    return red, green, blue

"""A percentage that rounding never makes certain.

f"yes {Percentage(0.9997):.0f} %"      # yes over 99 %
f"yes {Percentage(1.0):.0f} %"         # yes 100 %
"""

CERTAIN = 100.0


class Percentage(float):
    """A share from 0 to 1, in percent: 0 and 100 are said of nothing else than none and all."""

    def __new__(cls, share: float) -> "Percentage":
        """The percentage of a share."""
        return super().__new__(cls, CERTAIN * share)

    def __format__(self, spec: str) -> str:
        """As of a float, but "under 1" or "over 99" where the digits asked for can't tell."""
        rounded = super().__format__(spec)
        if not 0 < self < CERTAIN:
            return rounded
        finest = 10.0 ** -len(rounded.partition(".")[2])
        if float(rounded) <= 0:
            return f"under {finest:{spec}}"
        return f"over {CERTAIN - finest:{spec}}" if float(rounded) >= CERTAIN else rounded

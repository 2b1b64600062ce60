"""Seeds for training, validation, test and showroom; defined only here."""

TRAINING = range(10_000_000)
VALIDATION = range(10_000_000, 11_000_000)
TEST = range(20_000_000, 21_000_000)
# Shown in the app: the starter library and the examples.
SHOWROOM = range(30_000_000, 30_100_000)

"""The lesion lab: a lesion is painted, and the model asked while a slider moves."""

"""The training recipe: three stages on one visible loop, evaluation and export."""

"""The one training loop, the losses, and what a run keeps in its folder."""

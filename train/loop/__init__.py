"""The one training loop, the losses, and the files in a run's folder."""

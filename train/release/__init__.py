"""From a finished run to a release: the model, its card, its export."""

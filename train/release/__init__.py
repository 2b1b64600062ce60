"""From a finished run to what is shipped: the model, its card, its export."""

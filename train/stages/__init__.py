"""The three published stages (contrastive, alignment, instruction) and the optional warm starts."""

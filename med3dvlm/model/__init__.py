"""Tensors in, tensors out: the encoder, the projector, the dual encoder and the VLM."""

"""How frozen weights compute on a CPU, the encoder's and the language model's: the same, sooner."""

"""How frozen weights of an encoder compute on a CPU: the same numbers, sooner."""

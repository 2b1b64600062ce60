"""Loading and calling the models: the queue in front, GPU functions, the choice of a model."""

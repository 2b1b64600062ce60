"""Loading and calling the models: the queue, the GPU functions, the choice of a model."""

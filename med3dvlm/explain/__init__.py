"""Shows how a model behaves: callables and arrays in, maps over the volume and figures out."""

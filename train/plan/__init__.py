"""Memory, steps and hours of a configuration, estimated before anything runs."""

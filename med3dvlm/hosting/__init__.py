"""Hosting: background loading, access control, operations and the GPU functions of Spaces."""

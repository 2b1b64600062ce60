"""Where training rows come from: procedural phantoms, or data in the M3D layout."""

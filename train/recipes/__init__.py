"""Named configurations of whole recipes, and the code that runs them."""

"""Named configurations of whole recipes, and what runs them."""

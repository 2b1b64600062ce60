"""From a free question to questions in the model's own words, and to a short answer."""

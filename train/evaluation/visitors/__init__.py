"""How well a model understands visitors: a benchmark in words that training never used."""

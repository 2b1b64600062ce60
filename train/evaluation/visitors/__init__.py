"""How well a model understands its visitors: questions in words that training never used."""

"""RealFacts: what a model trained on phantoms says about real scans whose labels are known."""

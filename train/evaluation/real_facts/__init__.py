"""RealFacts: what a phantom-trained model says about real scans with known labels."""

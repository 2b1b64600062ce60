"""PhantomBench as a frozen release, for any system: questions, and scores of its answers."""

"""Long lists of work, shared by worker processes on one machine or many."""

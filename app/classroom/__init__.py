"""Classes: who is expected, and when."""

"""Proves, by doing it, that a machine can take a class of so many students."""

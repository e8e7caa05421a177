"""Pieces that several kinds of tests use."""

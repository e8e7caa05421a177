"""Proves lessons on real sandboxes: what they say works is done, and what they check is checked."""

"""Sandboxes: one student's network and nodes in the class engine, made, watched and removed."""

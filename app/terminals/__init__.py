"""Terminals: shells in nodes, kept apart from the sockets that look at them."""

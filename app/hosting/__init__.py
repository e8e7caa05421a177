"""Hosting: what turns a machine into one that can hold a class (engines, images, registry)."""

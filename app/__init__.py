"""Slipway: an interactive course on Docker networking, with a real engine for every student."""

__version__ = "0.1.0"

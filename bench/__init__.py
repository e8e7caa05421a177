"""Measures Slipway on a real class engine, beside a peer in the same run."""

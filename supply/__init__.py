"""What others made and Slipway ships: listed, licensed, asked about. `python -m supply`."""

"""What runs: the application, its endpoints and what guards them."""

import gc

gc.set_threshold(200_000, 50, 1_000)
"""Importing makes a million objects that stay: looking for cycles among them was a quarter of what a start took."""

"""The contract of the area `points`."""

"""The contract of the area `mall`."""

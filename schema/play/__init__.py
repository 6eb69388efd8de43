"""The contract of the area `play`."""

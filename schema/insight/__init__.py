"""The contract of the area `insight`."""

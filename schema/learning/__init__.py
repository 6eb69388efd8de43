"""The contract of the area `learning`."""

"""The contract of the area `members`."""

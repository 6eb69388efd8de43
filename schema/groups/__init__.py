"""The contract of the area `groups`."""

"""The contract of the area `checkins`."""

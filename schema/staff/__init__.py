"""The contract of the area `staff`."""

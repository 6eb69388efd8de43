"""The contract of the area `spread`."""

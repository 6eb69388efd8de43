"""What can be asked of the area `learning`."""

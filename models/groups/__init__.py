"""Circles, groups and who belongs to them."""

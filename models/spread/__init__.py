"""Spread: who brought whom."""

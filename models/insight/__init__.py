"""Insight: boards and what is counted about members."""

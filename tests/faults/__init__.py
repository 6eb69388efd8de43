"""Faults: promises hold while servers are killed, Redis is lost, the database goes away and clocks jump."""

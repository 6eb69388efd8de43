"""The two databases as Tortoise engines: cancel-safe, and with every declared constraint and guard in their schema."""

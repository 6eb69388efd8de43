"""Play: red packets, draws, games."""

"""The outside world: one interface for each kind of thing there, and a fake of it that speaks the real protocol."""

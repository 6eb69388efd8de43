"""Members: who takes part, how they are recognised, and what they agreed to."""

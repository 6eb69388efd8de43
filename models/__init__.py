"""What is true: each record beside its constraints, its rules and its verbs."""

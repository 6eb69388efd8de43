"""Staff: who works for the brand, what they may do and see, what they did, and the keys of partners."""

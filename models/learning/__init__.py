"""Learning: courses and their sessions, the question bank, and quizzes."""

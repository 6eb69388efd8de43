"""Learning: courses, what happens in their classrooms, questions and quizzes."""

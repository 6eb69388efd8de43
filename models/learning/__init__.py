"""Learning: courses, classrooms, quizzes and camps."""

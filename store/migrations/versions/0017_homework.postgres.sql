DROP INDEX "idx_quiz_course__85b063";
ALTER TABLE "quiz" ADD CONSTRAINT "quiz_course_session_id_fkey" FOREIGN KEY (course_session_id) REFERENCES course_session(id) ON DELETE RESTRICT;
CREATE INDEX quiz_by_session ON public.quiz USING btree (course_session_id, created_at, id);

CREATE TABLE "quiz" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "description" TEXT,
    "status" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "audience" JSONB NOT NULL,
    "items" JSONB NOT NULL,
    "draws" JSONB NOT NULL,
    "shuffles_questions" BOOL NOT NULL,
    "shuffles_options" BOOL NOT NULL,
    "minutes" INT,
    "opens_at" TIMESTAMPTZ,
    "closes_at" TIMESTAMPTZ,
    "late_minutes" INT NOT NULL,
    "late_percent" SMALLINT NOT NULL,
    "ends_at" TIMESTAMPTZ,
    "overdue" VARCHAR(10) NOT NULL,
    "attempts_most" SMALLINT,
    "gap_minutes" INT NOT NULL,
    "keeps" VARCHAR(10) NOT NULL,
    "pass_percent" SMALLINT NOT NULL,
    "pays" VARCHAR(10) NOT NULL,
    "score_points" INT,
    "password" VARCHAR(40),
    "review" JSONB NOT NULL,
    "correctness_in" VARCHAR(60) NOT NULL,
    "right_after_minutes" INT NOT NULL,
    "bands" JSONB NOT NULL,
    "published_at" TIMESTAMPTZ,
    "closed_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "course_session_id" UUID REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_has_a_window" CHECK (opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at)
);
CREATE INDEX "quiz_by_session" ON "quiz" ("course_session_id", "created_at", "id");
CREATE INDEX "quiz_by_age" ON "quiz" ("created_at", "id");
CREATE INDEX "quiz_by_circle" ON "quiz" ("circle_id", "kind", "created_at");
CREATE INDEX "quiz_by_group" ON "quiz" ("group_id", "created_at");
COMMENT ON COLUMN "quiz"."kind" IS 'HOMEWORK: homework\nWEEKLY: weekly\nPRACTICE: practice';
COMMENT ON COLUMN "quiz"."status" IS 'DRAFT: draft\nPUBLISHED: published\nCLOSED: closed\nARCHIVED: archived';
COMMENT ON COLUMN "quiz"."version" IS '0 while it is a draft.';
COMMENT ON COLUMN "quiz"."items" IS 'The questions that everybody gets.';
COMMENT ON COLUMN "quiz"."draws" IS 'How others are drawn.';
COMMENT ON COLUMN "quiz"."minutes" IS 'How long an attempt may take; absent: any time.';
COMMENT ON COLUMN "quiz"."closes_at" IS 'From when on it is late.';
COMMENT ON COLUMN "quiz"."late_percent" IS 'What of the score counts when it is late.';
COMMENT ON COLUMN "quiz"."ends_at" IS 'The first instant at which it is over.';
COMMENT ON COLUMN "quiz"."overdue" IS 'SUBMIT: submit\nABANDON: abandon';
COMMENT ON COLUMN "quiz"."gap_minutes" IS 'Minutes between handing in and beginning anew.';
COMMENT ON COLUMN "quiz"."keeps" IS 'BEST: best\nLAST: last\nFIRST: first\nMEAN: mean';
COMMENT ON COLUMN "quiz"."pays" IS 'NOTHING: nothing\nPASSING: passing\nSCORE: score';
COMMENT ON COLUMN "quiz"."score_points" IS 'Points for the whole score.';
COMMENT ON COLUMN "quiz"."correctness_in" IS 'The phases that tell right from wrong.';
CREATE TABLE "quiz_attempt" (
    "id" UUID NOT NULL PRIMARY KEY,
    "quiz_version" INT NOT NULL,
    "number" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "seed" VARCHAR(32) NOT NULL,
    "overdue" VARCHAR(10) NOT NULL,
    "started_at" TIMESTAMPTZ NOT NULL,
    "deadline_at" TIMESTAMPTZ,
    "submitted_at" TIMESTAMPTZ,
    "later_at" TIMESTAMPTZ,
    "graded_at" TIMESTAMPTZ,
    "is_late" BOOL NOT NULL,
    "was_overdue" BOOL NOT NULL,
    "points" INT,
    "points_most" INT NOT NULL,
    "score" INT,
    "is_passed" BOOL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_attempt_number_once" UNIQUE ("quiz_id", "member_id", "number"),
    CONSTRAINT "quiz_attempt_within_paper" CHECK (points IS NULL OR points >= 0 AND points <= points_most),
    CONSTRAINT "quiz_attempt_graded_whole" CHECK ((state = 'graded') = (graded_at IS NOT NULL AND points IS NOT NULL AND score IS NOT NULL))
);
CREATE INDEX "quiz_attempt_by_quiz" ON "quiz_attempt" ("quiz_id", "submitted_at", "id");
CREATE INDEX "quiz_attempt_by_member" ON "quiz_attempt" ("member_id", "started_at", "id");
CREATE INDEX "quiz_attempt_by_deadline" ON "quiz_attempt" ("state", "deadline_at");
COMMENT ON COLUMN "quiz_attempt"."quiz_version" IS 'The terms that it was begun under.';
COMMENT ON COLUMN "quiz_attempt"."number" IS 'The member''s nth attempt at the quiz, from 1.';
COMMENT ON COLUMN "quiz_attempt"."state" IS 'OPEN: open\nWAITING: waiting\nGRADED: graded\nABANDONED: abandoned';
COMMENT ON COLUMN "quiz_attempt"."seed" IS 'What its questions and their order were drawn from.';
COMMENT ON COLUMN "quiz_attempt"."overdue" IS 'SUBMIT: submit\nABANDON: abandon';
COMMENT ON COLUMN "quiz_attempt"."deadline_at" IS 'The first instant that is too late.';
COMMENT ON COLUMN "quiz_attempt"."later_at" IS 'When right after it has passed.';
COMMENT ON COLUMN "quiz_attempt"."was_overdue" IS 'Handed in by the clock, with what was saved in time.';
COMMENT ON COLUMN "quiz_attempt"."points" IS 'Hundredths of a point; absent before it is graded.';
COMMENT ON COLUMN "quiz_attempt"."points_most" IS 'Hundredths of a point for the whole paper.';
COMMENT ON COLUMN "quiz_attempt"."score" IS 'What counts, in hundredths of a percent.';
CREATE UNIQUE INDEX "quiz_attempt_one_open" ON "quiz_attempt" ("quiz_id", "member_id") WHERE state = 'open';
CREATE TABLE "attempt_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "answer_id" UUID NOT NULL,
    "regrade_id" UUID,
    "answer_points_before" INT,
    "answer_points" INT,
    "points_before" INT,
    "points" INT,
    "score_before" INT,
    "score" INT,
    "was_passed" BOOL,
    "is_passed" BOOL,
    "taken_back" INT NOT NULL,
    "kept" BOOL NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "attempt_id" UUID NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "attempt_change_once_per_regrade" UNIQUE ("regrade_id", "answer_id")
);
CREATE INDEX "attempt_change_by_attempt" ON "attempt_change" ("attempt_id", "created_at", "id");
CREATE INDEX "attempt_change_by_member" ON "attempt_change" ("member_id");
COMMENT ON COLUMN "attempt_change"."regrade_id" IS 'Absent where a marker thought again.';
COMMENT ON COLUMN "attempt_change"."taken_back" IS 'Points that were taken back.';
COMMENT ON COLUMN "attempt_change"."kept" IS 'Whether the member had spent what would have come back.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "attempt_change_refuses_change" BEFORE UPDATE OR DELETE ON "attempt_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "attempt_change_refuses_truncate" BEFORE TRUNCATE ON "attempt_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "quiz_answer" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "question_id" UUID NOT NULL,
    "question_version_id" UUID NOT NULL,
    "graded_version_id" UUID NOT NULL,
    "presentation" JSONB NOT NULL,
    "rule" VARCHAR(20) NOT NULL,
    "points_most" INT NOT NULL,
    "response" JSONB,
    "sequence" BIGINT NOT NULL,
    "answered_at" TIMESTAMPTZ,
    "points" INT,
    "is_right" BOOL,
    "needs_marker" BOOL NOT NULL,
    "marked_by" UUID,
    "marked_at" TIMESTAMPTZ,
    "words" VARCHAR(1000),
    "rubric" JSONB,
    "handed_in_at" TIMESTAMPTZ,
    "attempt_id" UUID NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "quiz_answer_position_once" UNIQUE ("attempt_id", "position"),
    CONSTRAINT "quiz_answer_question_once" UNIQUE ("attempt_id", "question_id")
);
CREATE INDEX "quiz_answer_by_question" ON "quiz_answer" ("question_id", "handed_in_at");
CREATE INDEX "quiz_answer_by_member" ON "quiz_answer" ("member_id");
COMMENT ON COLUMN "quiz_answer"."position" IS 'Its place in the paper, from 1.';
COMMENT ON COLUMN "quiz_answer"."question_version_id" IS 'The version that the member saw.';
COMMENT ON COLUMN "quiz_answer"."graded_version_id" IS 'The version by whose key it is marked.';
COMMENT ON COLUMN "quiz_answer"."rule" IS 'ALL_RIGHT: all_right\nPER_OPTION: per_option\nWITH_PENALTY: with_penalty';
COMMENT ON COLUMN "quiz_answer"."response" IS 'In the bank''s names of options.';
COMMENT ON COLUMN "quiz_answer"."sequence" IS 'The client''s number of what stands.';
COMMENT ON COLUMN "quiz_answer"."points" IS 'Hundredths of a point; absent before it is marked.';
COMMENT ON COLUMN "quiz_answer"."needs_marker" IS 'Whether it waits for staff.';
COMMENT ON COLUMN "quiz_answer"."marked_at" IS 'When staff marked it.';
COMMENT ON COLUMN "quiz_answer"."words" IS 'What the marker says to the member.';
COMMENT ON COLUMN "quiz_answer"."rubric" IS 'Hundredths of a point for each criterion.';
CREATE UNIQUE INDEX "quiz_answer_to_mark" ON "quiz_answer" ("handed_in_at", "id") WHERE needs_marker;
CREATE TABLE "quiz_standing" (
    "id" UUID NOT NULL PRIMARY KEY,
    "graded" INT NOT NULL,
    "score" INT NOT NULL,
    "best" INT NOT NULL,
    "submitted_at" TIMESTAMPTZ NOT NULL,
    "passed_at" TIMESTAMPTZ,
    "paid" INT NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_standing_once" UNIQUE ("quiz_id", "member_id")
);
CREATE INDEX "quiz_standing_by_score" ON "quiz_standing" ("quiz_id", "score", "submitted_at");
CREATE INDEX "quiz_standing_by_member" ON "quiz_standing" ("member_id", "submitted_at", "id");
COMMENT ON COLUMN "quiz_standing"."graded" IS 'How many attempts are graded.';
COMMENT ON COLUMN "quiz_standing"."score" IS 'What is kept, in hundredths of a percent.';
COMMENT ON COLUMN "quiz_standing"."best" IS 'The best attempt''s score, in hundredths of a percent.';
COMMENT ON COLUMN "quiz_standing"."submitted_at" IS 'When the attempt that counts was handed in.';
COMMENT ON COLUMN "quiz_standing"."passed_at" IS 'When it was first passed.';
COMMENT ON COLUMN "quiz_standing"."paid" IS 'Points paid for the score so far.';
CREATE TABLE "quiz_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_version_once" UNIQUE ("quiz_id", "version")
);
COMMENT ON COLUMN "quiz_version"."rules" IS 'The terms.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "quiz_version_refuses_change" BEFORE UPDATE OR DELETE ON "quiz_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "quiz_version_refuses_truncate" BEFORE TRUNCATE ON "quiz_version" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "question_standing" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "question_id" UUID NOT NULL,
    "answer_id" UUID NOT NULL,
    "is_right" BOOL NOT NULL,
    "answered" INT NOT NULL,
    "wrong" INT NOT NULL,
    "last_at" TIMESTAMPTZ NOT NULL,
    "attempt_id" UUID NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "question_standing_once" UNIQUE ("member_id", "question_id")
);
CREATE INDEX "question_standing_by_member" ON "question_standing" ("member_id", "is_right", "last_at", "id");
COMMENT ON COLUMN "question_standing"."answer_id" IS 'The answer in which it was last asked in a quiz.';
COMMENT ON COLUMN "question_standing"."answered" IS 'How often it was answered and marked.';
COMMENT ON COLUMN "question_standing"."wrong" IS 'How often wrongly.';
CREATE TABLE "quiz_regrade" (
    "id" UUID NOT NULL PRIMARY KEY,
    "question_id" UUID NOT NULL,
    "question_version_id" UUID NOT NULL,
    "takes_back" BOOL NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "changed" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "done_at" TIMESTAMPTZ,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_regrade_once" UNIQUE ("quiz_id", "question_version_id")
);
CREATE INDEX "quiz_regrade_by_age" ON "quiz_regrade" ("done_at", "created_at");
COMMENT ON COLUMN "quiz_regrade"."question_version_id" IS 'By whose key it is marked from now on.';
COMMENT ON COLUMN "quiz_regrade"."changed" IS 'How many attempts came to another score.';
CREATE TABLE "repractice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "question_id" UUID NOT NULL,
    "question_version_id" UUID NOT NULL,
    "response" JSONB,
    "is_right" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "repractice_by_member" ON "repractice" ("member_id", "created_at", "id");

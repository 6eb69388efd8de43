CREATE TABLE "quiz" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* HOMEWORK: homework\nWEEKLY: weekly\nPRACTICE: practice */,
    "description" TEXT,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nCLOSED: closed\nARCHIVED: archived */,
    "version" INT NOT NULL /* 0 while it is a draft. */,
    "audience" JSON NOT NULL,
    "items" JSON NOT NULL /* The questions that everybody gets. */,
    "draws" JSON NOT NULL /* How others are drawn. */,
    "shuffles_questions" INT NOT NULL,
    "shuffles_options" INT NOT NULL,
    "minutes" INT /* How long an attempt may take; absent: any time. */,
    "opens_at" TIMESTAMP,
    "closes_at" TIMESTAMP /* From when on it is late. */,
    "late_minutes" INT NOT NULL,
    "late_percent" SMALLINT NOT NULL /* What of the score counts when it is late. */,
    "ends_at" TIMESTAMP /* The first instant at which it is over. */,
    "overdue" VARCHAR(10) NOT NULL /* SUBMIT: submit\nABANDON: abandon */,
    "attempts_most" SMALLINT,
    "gap_minutes" INT NOT NULL /* Minutes between handing in and beginning anew. */,
    "keeps" VARCHAR(10) NOT NULL /* BEST: best\nLAST: last\nFIRST: first\nMEAN: mean */,
    "pass_percent" SMALLINT NOT NULL,
    "pays" VARCHAR(10) NOT NULL /* NOTHING: nothing\nPASSING: passing\nSCORE: score */,
    "score_points" INT /* Points for the whole score. */,
    "password" VARCHAR(40),
    "review" JSON NOT NULL,
    "correctness_in" VARCHAR(60) NOT NULL /* The phases that tell right from wrong. */,
    "right_after_minutes" INT NOT NULL,
    "bands" JSON NOT NULL,
    "published_at" TIMESTAMP,
    "closed_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "course_session_id" CHAR(36) REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_has_a_window" CHECK (opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at)
);
CREATE INDEX "quiz_by_session" ON "quiz" ("course_session_id", "created_at", "id");
CREATE INDEX "quiz_by_age" ON "quiz" ("created_at", "id");
CREATE INDEX "quiz_by_circle" ON "quiz" ("circle_id", "kind", "created_at");
CREATE INDEX "quiz_by_group" ON "quiz" ("group_id", "created_at");
CREATE TABLE "quiz_attempt" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "quiz_version" INT NOT NULL /* The terms that it was begun under. */,
    "number" INT NOT NULL /* The member's nth attempt at the quiz, from 1. */,
    "state" VARCHAR(10) NOT NULL /* OPEN: open\nWAITING: waiting\nGRADED: graded\nABANDONED: abandoned */,
    "seed" VARCHAR(32) NOT NULL /* What its questions and their order were drawn from. */,
    "overdue" VARCHAR(10) NOT NULL /* SUBMIT: submit\nABANDON: abandon */,
    "started_at" TIMESTAMP NOT NULL,
    "deadline_at" TIMESTAMP /* The first instant that is too late. */,
    "submitted_at" TIMESTAMP,
    "later_at" TIMESTAMP /* When right after it has passed. */,
    "graded_at" TIMESTAMP,
    "is_late" INT NOT NULL,
    "was_overdue" INT NOT NULL /* Handed in by the clock, with what was saved in time. */,
    "points" INT /* Hundredths of a point; absent before it is graded. */,
    "points_most" INT NOT NULL /* Hundredths of a point for the whole paper. */,
    "score" INT /* What counts, in hundredths of a percent. */,
    "is_passed" INT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_attempt_number_once" UNIQUE ("quiz_id", "member_id", "number"),
    CONSTRAINT "quiz_attempt_within_paper" CHECK (points IS NULL OR points >= 0 AND points <= points_most),
    CONSTRAINT "quiz_attempt_graded_whole" CHECK ((state = 'graded') = (graded_at IS NOT NULL AND points IS NOT NULL AND score IS NOT NULL))
);
CREATE INDEX "quiz_attempt_by_quiz" ON "quiz_attempt" ("quiz_id", "submitted_at", "id");
CREATE INDEX "quiz_attempt_by_member" ON "quiz_attempt" ("member_id", "started_at", "id");
CREATE INDEX "quiz_attempt_by_deadline" ON "quiz_attempt" ("state", "deadline_at");
CREATE UNIQUE INDEX "quiz_attempt_one_open" ON "quiz_attempt" ("quiz_id", "member_id") WHERE state = 'open';
CREATE TABLE "attempt_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "answer_id" CHAR(36) NOT NULL,
    "regrade_id" CHAR(36) /* Absent where a marker thought again. */,
    "answer_points_before" INT,
    "answer_points" INT,
    "points_before" INT,
    "points" INT,
    "score_before" INT,
    "score" INT,
    "was_passed" INT,
    "is_passed" INT,
    "taken_back" INT NOT NULL /* Points that were taken back. */,
    "kept" INT NOT NULL /* Whether the member had spent what would have come back. */,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "attempt_id" CHAR(36) NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "attempt_change_once_per_regrade" UNIQUE ("regrade_id", "answer_id")
);
CREATE INDEX "attempt_change_by_attempt" ON "attempt_change" ("attempt_id", "created_at", "id");
CREATE INDEX "attempt_change_by_member" ON "attempt_change" ("member_id");
CREATE TRIGGER IF NOT EXISTS "attempt_change_refuses_update" BEFORE UPDATE ON "attempt_change"
BEGIN
    SELECT RAISE(ABORT, 'attempt_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "attempt_change_refuses_delete" BEFORE DELETE ON "attempt_change"
BEGIN
    SELECT RAISE(ABORT, 'attempt_change is append-only');
END;
CREATE TABLE "quiz_answer" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "position" SMALLINT NOT NULL /* Its place in the paper, from 1. */,
    "question_id" CHAR(36) NOT NULL,
    "question_version_id" CHAR(36) NOT NULL /* The version that the member saw. */,
    "graded_version_id" CHAR(36) NOT NULL /* The version by whose key it is marked. */,
    "presentation" JSON NOT NULL,
    "rule" VARCHAR(20) NOT NULL /* ALL_RIGHT: all_right\nPER_OPTION: per_option\nWITH_PENALTY: with_penalty */,
    "points_most" INT NOT NULL,
    "response" JSON /* In the bank's names of options. */,
    "sequence" BIGINT NOT NULL /* The client's number of what stands. */,
    "answered_at" TIMESTAMP,
    "points" INT /* Hundredths of a point; absent before it is marked. */,
    "is_right" INT,
    "needs_marker" INT NOT NULL /* Whether it waits for staff. */,
    "marked_by" CHAR(36),
    "marked_at" TIMESTAMP /* When staff marked it. */,
    "words" VARCHAR(1000) /* What the marker says to the member. */,
    "rubric" JSON /* Hundredths of a point for each criterion. */,
    "handed_in_at" TIMESTAMP,
    "attempt_id" CHAR(36) NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "quiz_answer_position_once" UNIQUE ("attempt_id", "position"),
    CONSTRAINT "quiz_answer_question_once" UNIQUE ("attempt_id", "question_id")
);
CREATE INDEX "quiz_answer_by_question" ON "quiz_answer" ("question_id", "handed_in_at");
CREATE INDEX "quiz_answer_by_member" ON "quiz_answer" ("member_id");
CREATE UNIQUE INDEX "quiz_answer_to_mark" ON "quiz_answer" ("handed_in_at", "id") WHERE needs_marker;
CREATE TABLE "quiz_standing" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "graded" INT NOT NULL /* How many attempts are graded. */,
    "score" INT NOT NULL /* What is kept, in hundredths of a percent. */,
    "best" INT NOT NULL /* The best attempt's score, in hundredths of a percent. */,
    "submitted_at" TIMESTAMP NOT NULL /* When the attempt that counts was handed in. */,
    "passed_at" TIMESTAMP /* When it was first passed. */,
    "paid" INT NOT NULL /* Points paid for the score so far. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_standing_once" UNIQUE ("quiz_id", "member_id")
);
CREATE INDEX "quiz_standing_by_score" ON "quiz_standing" ("quiz_id", "score", "submitted_at");
CREATE INDEX "quiz_standing_by_member" ON "quiz_standing" ("member_id", "submitted_at", "id");
CREATE TABLE "quiz_version" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSON NOT NULL /* The terms. */,
    "created_at" TIMESTAMP NOT NULL,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_version_once" UNIQUE ("quiz_id", "version")
);
CREATE TRIGGER IF NOT EXISTS "quiz_version_refuses_update" BEFORE UPDATE ON "quiz_version"
BEGIN
    SELECT RAISE(ABORT, 'quiz_version is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "quiz_version_refuses_delete" BEFORE DELETE ON "quiz_version"
BEGIN
    SELECT RAISE(ABORT, 'quiz_version is append-only');
END;
CREATE TABLE "question_standing" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "question_id" CHAR(36) NOT NULL,
    "answer_id" CHAR(36) NOT NULL /* The answer in which it was last asked in a quiz. */,
    "is_right" INT NOT NULL,
    "answered" INT NOT NULL /* How often it was answered and marked. */,
    "wrong" INT NOT NULL /* How often wrongly. */,
    "last_at" TIMESTAMP NOT NULL,
    "attempt_id" CHAR(36) NOT NULL REFERENCES "quiz_attempt" ("id") ON DELETE CASCADE,
    CONSTRAINT "question_standing_once" UNIQUE ("member_id", "question_id")
);
CREATE INDEX "question_standing_by_member" ON "question_standing" ("member_id", "is_right", "last_at", "id");
CREATE TABLE "quiz_regrade" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "question_id" CHAR(36) NOT NULL,
    "question_version_id" CHAR(36) NOT NULL /* By whose key it is marked from now on. */,
    "takes_back" INT NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "changed" INT NOT NULL /* How many attempts came to another score. */,
    "created_at" TIMESTAMP NOT NULL,
    "done_at" TIMESTAMP,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_regrade_once" UNIQUE ("quiz_id", "question_version_id")
);
CREATE INDEX "quiz_regrade_by_age" ON "quiz_regrade" ("done_at", "created_at");
CREATE TABLE "repractice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "question_id" CHAR(36) NOT NULL,
    "question_version_id" CHAR(36) NOT NULL,
    "response" JSON,
    "is_right" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "repractice_by_member" ON "repractice" ("member_id", "created_at", "id");

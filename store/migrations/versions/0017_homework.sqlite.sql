CREATE TABLE "new_quiz" (
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
INSERT INTO "new_quiz" ("id", "title", "kind", "description", "status", "version", "audience", "items", "draws", "shuffles_questions", "shuffles_options", "minutes", "opens_at", "closes_at", "late_minutes", "late_percent", "ends_at", "overdue", "attempts_most", "gap_minutes", "keeps", "pass_percent", "pays", "score_points", "password", "review", "correctness_in", "right_after_minutes", "bands", "published_at", "closed_at", "created_at", "circle_id", "course_session_id", "group_id") SELECT "id", "title", "kind", "description", "status", "version", "audience", "items", "draws", "shuffles_questions", "shuffles_options", "minutes", "opens_at", "closes_at", "late_minutes", "late_percent", "ends_at", "overdue", "attempts_most", "gap_minutes", "keeps", "pass_percent", "pays", "score_points", "password", "review", "correctness_in", "right_after_minutes", "bands", "published_at", "closed_at", "created_at", "circle_id", "course_session_id", "group_id" FROM "quiz";
DROP TABLE "quiz";
ALTER TABLE "new_quiz" RENAME TO "quiz";
CREATE INDEX "quiz_by_age" ON "quiz" ("created_at", "id");
CREATE INDEX "quiz_by_circle" ON "quiz" ("circle_id", "kind", "created_at");
CREATE INDEX "quiz_by_group" ON "quiz" ("group_id", "created_at");
CREATE INDEX "quiz_by_session" ON "quiz" ("course_session_id", "created_at", "id");

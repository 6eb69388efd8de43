CREATE TABLE "quiz_analysis" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "attempts" INT NOT NULL /* How many members' first attempts it is about. */,
    "mean" INT NOT NULL /* Hundredths of a percent, as are the median and the deviation. */,
    "median" INT NOT NULL,
    "deviation" INT NOT NULL,
    "reliability" REAL,
    "histogram" JSON NOT NULL /* How many scores lie in each tenth. */,
    "computed_at" TIMESTAMP NOT NULL,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_analysis_once" UNIQUE ("quiz_id")
);
CREATE INDEX "quiz_analysis_by_time" ON "quiz_analysis" ("computed_at", "id");
CREATE TABLE "quiz_item" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "question_id" CHAR(36) NOT NULL,
    "version_id" CHAR(36) NOT NULL /* The latest version by whose key it was marked. */,
    "asked" INT NOT NULL,
    "answered" INT NOT NULL /* How often something was answered. */,
    "right_count" INT NOT NULL,
    "mean" INT NOT NULL /* The mean share of its points, in hundredths of a percent. */,
    "discrimination" REAL,
    "choices" JSON NOT NULL /* Each option, and how often it was ticked. */,
    "computed_at" TIMESTAMP NOT NULL,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_item_once" UNIQUE ("quiz_id", "question_id"),
    CONSTRAINT "quiz_item_counts" CHECK (right_count <= answered AND answered <= asked)
);
CREATE INDEX "quiz_item_by_question" ON "quiz_item" ("question_id");
CREATE TABLE "quiz_export" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "quiz_id" CHAR(36) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "quiz_export_by_time" ON "quiz_export" ("created_at", "id");
CREATE TABLE "quiz_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "minutes_before" INT NOT NULL /* At which distance from the close. */,
    "created_at" TIMESTAMP NOT NULL,
    "quiz_id" CHAR(36) NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_notice_once" UNIQUE ("quiz_id", "member_id", "minutes_before")
);
CREATE INDEX "quiz_notice_by_member" ON "quiz_notice" ("member_id", "created_at", "id");
CREATE TABLE "quiz_series" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(40) NOT NULL,
    "weekday" SMALLINT NOT NULL /* 1 (Monday) to 7. */,
    "minute" SMALLINT NOT NULL /* When it opens, in minutes from midnight on the wall. */,
    "zone" VARCHAR(60) NOT NULL,
    "window_hours" SMALLINT NOT NULL,
    "draws" JSON NOT NULL,
    "minutes" INT,
    "attempts_most" SMALLINT,
    "pass_percent" SMALLINT NOT NULL,
    "score_points" INT,
    "status" VARCHAR(10) NOT NULL /* ACTIVE: active\nENDED: ended */,
    "version" INT NOT NULL,
    "problem" VARCHAR(60) /* The code of what keeps this week's from being made. */,
    "slot_since" TIMESTAMP NOT NULL /* From when on it opens at this time of the week. */,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "circle_id" CHAR(36) NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_series_weekday" CHECK (weekday BETWEEN 1 AND 7)
);
CREATE INDEX "idx_quiz_series_circle__c171fb" ON "quiz_series" ("circle_id");
CREATE INDEX "quiz_series_by_age" ON "quiz_series" ("created_at", "id");
CREATE TABLE "quiz_series_week" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "monday" DATE NOT NULL /* The first day of the week. */,
    "opens_at" TIMESTAMP NOT NULL,
    "quiz_id" CHAR(36) /* Absent for a week that was missed. */,
    "created_at" TIMESTAMP NOT NULL,
    "series_id" CHAR(36) NOT NULL REFERENCES "quiz_series" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_series_week_once" UNIQUE ("series_id", "monday")
);
CREATE INDEX "quiz_attempt_by_grading" ON "quiz_attempt" ("graded_at", "quiz_id");
CREATE INDEX "attempt_change_by_time" ON "attempt_change" ("created_at");

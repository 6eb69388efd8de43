CREATE TABLE "quiz_analysis" (
    "id" UUID NOT NULL PRIMARY KEY,
    "attempts" INT NOT NULL,
    "mean" INT NOT NULL,
    "median" INT NOT NULL,
    "deviation" INT NOT NULL,
    "reliability" DOUBLE PRECISION,
    "histogram" JSONB NOT NULL,
    "computed_at" TIMESTAMPTZ NOT NULL,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_analysis_once" UNIQUE ("quiz_id")
);
CREATE INDEX "quiz_analysis_by_time" ON "quiz_analysis" ("computed_at", "id");
COMMENT ON COLUMN "quiz_analysis"."attempts" IS 'How many members'' first attempts it is about.';
COMMENT ON COLUMN "quiz_analysis"."mean" IS 'Hundredths of a percent, as are the median and the deviation.';
COMMENT ON COLUMN "quiz_analysis"."histogram" IS 'How many scores lie in each tenth.';
CREATE TABLE "quiz_item" (
    "id" UUID NOT NULL PRIMARY KEY,
    "question_id" UUID NOT NULL,
    "version_id" UUID NOT NULL,
    "asked" INT NOT NULL,
    "answered" INT NOT NULL,
    "right_count" INT NOT NULL,
    "mean" INT NOT NULL,
    "discrimination" DOUBLE PRECISION,
    "choices" JSONB NOT NULL,
    "computed_at" TIMESTAMPTZ NOT NULL,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_item_once" UNIQUE ("quiz_id", "question_id"),
    CONSTRAINT "quiz_item_counts" CHECK (right_count <= answered AND answered <= asked)
);
CREATE INDEX "quiz_item_by_question" ON "quiz_item" ("question_id");
COMMENT ON COLUMN "quiz_item"."version_id" IS 'The latest version by whose key it was marked.';
COMMENT ON COLUMN "quiz_item"."answered" IS 'How often something was answered.';
COMMENT ON COLUMN "quiz_item"."mean" IS 'The mean share of its points, in hundredths of a percent.';
COMMENT ON COLUMN "quiz_item"."choices" IS 'Each option, and how often it was ticked.';
CREATE TABLE "quiz_export" (
    "id" UUID NOT NULL PRIMARY KEY,
    "quiz_id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "quiz_export_by_time" ON "quiz_export" ("created_at", "id");
CREATE TABLE "quiz_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "minutes_before" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "quiz_id" UUID NOT NULL REFERENCES "quiz" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_notice_once" UNIQUE ("quiz_id", "member_id", "minutes_before")
);
CREATE INDEX "quiz_notice_by_member" ON "quiz_notice" ("member_id", "created_at", "id");
COMMENT ON COLUMN "quiz_notice"."minutes_before" IS 'At which distance from the close.';
CREATE TABLE "quiz_series" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(40) NOT NULL,
    "weekday" SMALLINT NOT NULL,
    "minute" SMALLINT NOT NULL,
    "zone" VARCHAR(60) NOT NULL,
    "window_hours" SMALLINT NOT NULL,
    "draws" JSONB NOT NULL,
    "minutes" INT,
    "attempts_most" SMALLINT,
    "pass_percent" SMALLINT NOT NULL,
    "score_points" INT,
    "status" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "problem" VARCHAR(60),
    "slot_since" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "circle_id" UUID NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_series_weekday" CHECK (weekday BETWEEN 1 AND 7)
);
CREATE INDEX "idx_quiz_series_circle__c171fb" ON "quiz_series" ("circle_id");
CREATE INDEX "quiz_series_by_age" ON "quiz_series" ("created_at", "id");
COMMENT ON COLUMN "quiz_series"."weekday" IS '1 (Monday) to 7.';
COMMENT ON COLUMN "quiz_series"."minute" IS 'When it opens, in minutes from midnight on the wall.';
COMMENT ON COLUMN "quiz_series"."status" IS 'ACTIVE: active\nENDED: ended';
COMMENT ON COLUMN "quiz_series"."problem" IS 'The code of what keeps this week''s from being made.';
COMMENT ON COLUMN "quiz_series"."slot_since" IS 'From when on it opens at this time of the week.';
CREATE TABLE "quiz_series_week" (
    "id" UUID NOT NULL PRIMARY KEY,
    "monday" DATE NOT NULL,
    "opens_at" TIMESTAMPTZ NOT NULL,
    "quiz_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "series_id" UUID NOT NULL REFERENCES "quiz_series" ("id") ON DELETE RESTRICT,
    CONSTRAINT "quiz_series_week_once" UNIQUE ("series_id", "monday")
);
COMMENT ON COLUMN "quiz_series_week"."monday" IS 'The first day of the week.';
COMMENT ON COLUMN "quiz_series_week"."quiz_id" IS 'Absent for a week that was missed.';
CREATE INDEX quiz_attempt_by_grading ON public.quiz_attempt USING btree (graded_at, quiz_id);
CREATE INDEX attempt_change_by_time ON public.attempt_change USING btree (created_at);

CREATE TABLE "camp" (
    "id" UUID NOT NULL PRIMARY KEY,
    "status" VARCHAR(10) NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "summary" VARCHAR(500),
    "days" SMALLINT NOT NULL,
    "starts_on" DATE NOT NULL,
    "zone" VARCHAR(40) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "audience" JSONB NOT NULL,
    "seats" INT,
    "has_waiting_list" BOOL NOT NULL,
    "taken" INT NOT NULL,
    "waiting_count" INT NOT NULL,
    "price" INT NOT NULL,
    "signs_up_from" TIMESTAMPTZ,
    "signs_up_until" TIMESTAMPTZ,
    "joins_until" TIMESTAMPTZ NOT NULL,
    "late_until_day" SMALLINT NOT NULL,
    "misses_allowed" SMALLINT NOT NULL,
    "miss_rule" VARCHAR(10) NOT NULL,
    "allows_late" BOOL NOT NULL,
    "make_ups_most" SMALLINT,
    "finish_points" INT NOT NULL,
    "gives_certificate" BOOL NOT NULL,
    "certificate_days" INT,
    "remind_hour" SMALLINT,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "published_at" TIMESTAMPTZ,
    "closed_at" TIMESTAMPTZ,
    "unwound_at" TIMESTAMPTZ,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_length" CHECK (days BETWEEN 1 AND 100),
    CONSTRAINT "camp_within_seats" CHECK (taken >= 0 AND waiting_count >= 0 AND (seats IS NULL OR taken <= seats)),
    CONSTRAINT "camp_never_takes" CHECK (price >= 0 AND finish_points >= 0),
    CONSTRAINT "camp_of_one_place" CHECK (circle_id IS NULL OR group_id IS NULL)
);
CREATE INDEX "idx_camp_circle__4c66cc" ON "camp" ("circle_id");
CREATE INDEX "idx_camp_group_i_756e66" ON "camp" ("group_id");
CREATE INDEX "camp_by_start" ON "camp" ("starts_at", "id");
CREATE INDEX "camp_by_status" ON "camp" ("status", "ends_at");
COMMENT ON COLUMN "camp"."status" IS 'DRAFT: draft\nPUBLISHED: published\nENDED: ended\nCANCELLED: cancelled';
COMMENT ON COLUMN "camp"."starts_at" IS 'When its first day begins.';
COMMENT ON COLUMN "camp"."ends_at" IS 'When its last day has ended.';
COMMENT ON COLUMN "camp"."seats" IS 'Absent where there is room for everybody.';
COMMENT ON COLUMN "camp"."joins_until" IS 'The first instant at which nobody joins any more.';
COMMENT ON COLUMN "camp"."miss_rule" IS 'OUT: out\nGO_ON: go_on';
COMMENT ON COLUMN "camp"."remind_hour" IS 'The hour of the clock in its zone.';
COMMENT ON COLUMN "camp"."closed_at" IS 'When it ended or was cancelled.';
COMMENT ON COLUMN "camp"."unwound_at" IS 'When the last of a cancelled one''s members had its points back.';
CREATE TABLE "camp_place" (
    "id" UUID NOT NULL PRIMARY KEY,
    "state" VARCHAR(10) NOT NULL,
    "first_day" SMALLINT NOT NULL,
    "settled_through" SMALLINT NOT NULL,
    "done_days" SMALLINT NOT NULL,
    "missed_days" SMALLINT NOT NULL,
    "made_up_days" SMALLINT NOT NULL,
    "is_lost" BOOL NOT NULL,
    "points" INT NOT NULL,
    "debit_entry_id" UUID,
    "signed_up_at" TIMESTAMPTZ NOT NULL,
    "joined_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "camp_id" UUID NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_place_counts" CHECK (done_days >= 0 AND missed_days >= 0 AND made_up_days BETWEEN 0 AND done_days)
);
CREATE INDEX "camp_place_by_done" ON "camp_place" ("camp_id", "done_days", "id");
CREATE INDEX "camp_place_by_state" ON "camp_place" ("camp_id", "state", "signed_up_at", "id");
CREATE INDEX "camp_place_by_member" ON "camp_place" ("member_id", "signed_up_at", "id");
CREATE INDEX "camp_place_by_due" ON "camp_place" ("due_at", "id");
COMMENT ON COLUMN "camp_place"."state" IS 'WAITING: waiting\nJOINED: joined\nLEFT: left\nFAILED: failed\nFINISHED: finished\nENDED: ended\nCANCELLED: cancelled';
COMMENT ON COLUMN "camp_place"."first_day" IS 'The first day that the member owes.';
COMMENT ON COLUMN "camp_place"."settled_through" IS 'The last day that was settled.';
COMMENT ON COLUMN "camp_place"."missed_days" IS 'Those that were not made up.';
COMMENT ON COLUMN "camp_place"."made_up_days" IS 'Of those that count as done.';
COMMENT ON COLUMN "camp_place"."is_lost" IS 'Whether too many days were missed.';
COMMENT ON COLUMN "camp_place"."points" IS 'What was paid, or is set aside.';
COMMENT ON COLUMN "camp_place"."debit_entry_id" IS 'The line that took the member''s points.';
COMMENT ON COLUMN "camp_place"."joined_at" IS 'When it got its seat.';
COMMENT ON COLUMN "camp_place"."due_at" IS 'When the next day is settled.';
CREATE UNIQUE INDEX "camp_place_once" ON "camp_place" ("camp_id", "member_id") WHERE state <> 'left';
CREATE TABLE "camp_certificate" (
    "id" UUID NOT NULL PRIMARY KEY,
    "camp_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "number" VARCHAR(13) NOT NULL,
    "issued_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "withdrawn_at" TIMESTAMPTZ,
    "withdrawn_by" UUID,
    "reason" VARCHAR(200),
    "place_id" UUID NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_certificate_once" UNIQUE ("place_id"),
    CONSTRAINT "camp_certificate_number" UNIQUE ("number")
);
CREATE INDEX "camp_certificate_by_camp" ON "camp_certificate" ("camp_id", "issued_at", "id");
CREATE INDEX "camp_certificate_by_member" ON "camp_certificate" ("member_id", "issued_at", "id");
COMMENT ON COLUMN "camp_certificate"."reason" IS 'Why it was withdrawn.';
CREATE TABLE "camp_day" (
    "id" UUID NOT NULL PRIMARY KEY,
    "camp_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "day" SMALLINT NOT NULL,
    "outcome" VARCHAR(10) NOT NULL,
    "settled_at" TIMESTAMPTZ NOT NULL,
    "made_up_at" TIMESTAMPTZ,
    "place_id" UUID NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_day_once" UNIQUE ("place_id", "day")
);
COMMENT ON COLUMN "camp_day"."outcome" IS 'DONE: done\nMISSED: missed\nMADE_UP: made_up';
COMMENT ON COLUMN "camp_day"."settled_at" IS 'When the day had ended.';
CREATE TABLE "camp_finish" (
    "id" UUID NOT NULL PRIMARY KEY,
    "camp_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "points" INT NOT NULL,
    "finished_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "place_id" UUID NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_finish_once" UNIQUE ("place_id")
);
CREATE INDEX "camp_finish_by_camp" ON "camp_finish" ("camp_id", "finished_at", "id");
CREATE INDEX "camp_finish_by_member" ON "camp_finish" ("member_id", "finished_at", "id");
COMMENT ON COLUMN "camp_finish"."points" IS 'What it paid.';
CREATE TABLE "camp_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "day" SMALLINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "camp_id" UUID NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_notice_once" UNIQUE ("camp_id", "member_id", "kind", "day")
);
CREATE INDEX "camp_notice_by_member" ON "camp_notice" ("member_id", "created_at", "id");
COMMENT ON COLUMN "camp_notice"."kind" IS 'BEHIND: behind\nSEATED: seated\nFINISHED: finished\nOUT: out\nCANCELLED: cancelled';
COMMENT ON COLUMN "camp_notice"."day" IS 'The day that is open; 0 where it is about none.';
CREATE TABLE "camp_task" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL,
    "position" SMALLINT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "detail" VARCHAR(2000),
    "target_id" UUID,
    "words_least" SMALLINT NOT NULL,
    "pictures_least" SMALLINT NOT NULL,
    "opens_at" TIMESTAMPTZ NOT NULL,
    "camp_id" UUID NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_task_place" UNIQUE ("camp_id", "day", "position")
);
COMMENT ON COLUMN "camp_task"."position" IS 'Its place in the day, from 0.';
COMMENT ON COLUMN "camp_task"."kind" IS 'LESSON: lesson\nCHECK_IN: check_in\nQUIZ: quiz\nPOST: post';
COMMENT ON COLUMN "camp_task"."target_id" IS 'The session, the quiz or the check-in plan.';
COMMENT ON COLUMN "camp_task"."opens_at" IS 'When its day begins.';
CREATE TABLE "camp_post" (
    "id" UUID NOT NULL PRIMARY KEY,
    "place_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "day" SMALLINT NOT NULL,
    "words" VARCHAR(1000),
    "pictures" JSONB NOT NULL,
    "is_late" BOOL NOT NULL,
    "is_showcase" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "voided_at" TIMESTAMPTZ,
    "void_reason" VARCHAR(200),
    "camp_id" UUID NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    "task_id" UUID NOT NULL REFERENCES "camp_task" ("id") ON DELETE RESTRICT
);
CREATE INDEX "camp_post_by_camp" ON "camp_post" ("camp_id", "created_at", "id");
CREATE INDEX "camp_post_by_member" ON "camp_post" ("member_id", "created_at", "id");
CREATE INDEX "camp_post_by_task" ON "camp_post" ("task_id", "created_at", "id");
COMMENT ON COLUMN "camp_post"."is_late" IS 'Whether its day was over.';
CREATE UNIQUE INDEX "camp_post_once" ON "camp_post" ("place_id", "task_id") WHERE voided_at IS NULL;

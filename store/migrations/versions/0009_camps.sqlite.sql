CREATE TABLE "camp" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nENDED: ended\nCANCELLED: cancelled */,
    "title" VARCHAR(60) NOT NULL,
    "summary" VARCHAR(500),
    "days" SMALLINT NOT NULL,
    "starts_on" DATE NOT NULL,
    "zone" VARCHAR(40) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "starts_at" TIMESTAMP NOT NULL /* When its first day begins. */,
    "ends_at" TIMESTAMP NOT NULL /* When its last day has ended. */,
    "audience" JSON NOT NULL,
    "seats" INT /* Absent where there is room for everybody. */,
    "has_waiting_list" INT NOT NULL,
    "taken" INT NOT NULL,
    "waiting_count" INT NOT NULL,
    "price" INT NOT NULL,
    "signs_up_from" TIMESTAMP,
    "signs_up_until" TIMESTAMP,
    "joins_until" TIMESTAMP NOT NULL /* The first instant at which nobody joins any more. */,
    "late_until_day" SMALLINT NOT NULL,
    "misses_allowed" SMALLINT NOT NULL,
    "miss_rule" VARCHAR(10) NOT NULL /* OUT: out\nGO_ON: go_on */,
    "allows_late" INT NOT NULL,
    "make_ups_most" SMALLINT,
    "finish_points" INT NOT NULL,
    "gives_certificate" INT NOT NULL,
    "certificate_days" INT,
    "remind_hour" SMALLINT /* The hour of the clock in its zone. */,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "published_at" TIMESTAMP,
    "closed_at" TIMESTAMP /* When it ended or was cancelled. */,
    "unwound_at" TIMESTAMP /* When the last of a cancelled one's members had its points back. */,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_length" CHECK (days BETWEEN 1 AND 100),
    CONSTRAINT "camp_within_seats" CHECK (taken >= 0 AND waiting_count >= 0 AND (seats IS NULL OR taken <= seats)),
    CONSTRAINT "camp_never_takes" CHECK (price >= 0 AND finish_points >= 0),
    CONSTRAINT "camp_of_one_place" CHECK (circle_id IS NULL OR group_id IS NULL)
);
CREATE INDEX "idx_camp_circle__4c66cc" ON "camp" ("circle_id");
CREATE INDEX "idx_camp_group_i_756e66" ON "camp" ("group_id");
CREATE INDEX "camp_by_start" ON "camp" ("starts_at", "id");
CREATE INDEX "camp_by_status" ON "camp" ("status", "ends_at");
CREATE TABLE "camp_place" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "state" VARCHAR(10) NOT NULL /* WAITING: waiting\nJOINED: joined\nLEFT: left\nFAILED: failed\nFINISHED: finished\nENDED: ended\nCANCELLED: cancelled */,
    "first_day" SMALLINT NOT NULL /* The first day that the member owes. */,
    "settled_through" SMALLINT NOT NULL /* The last day that was settled. */,
    "done_days" SMALLINT NOT NULL,
    "missed_days" SMALLINT NOT NULL /* Those that were not made up. */,
    "made_up_days" SMALLINT NOT NULL /* Of those that count as done. */,
    "is_lost" INT NOT NULL /* Whether too many days were missed. */,
    "points" INT NOT NULL /* What was paid, or is set aside. */,
    "debit_entry_id" CHAR(36) /* The line that took the member's points. */,
    "signed_up_at" TIMESTAMP NOT NULL,
    "joined_at" TIMESTAMP /* When it got its seat. */,
    "ended_at" TIMESTAMP,
    "due_at" TIMESTAMP /* When the next day is settled. */,
    "camp_id" CHAR(36) NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_place_counts" CHECK (done_days >= 0 AND missed_days >= 0 AND made_up_days BETWEEN 0 AND done_days)
);
CREATE INDEX "camp_place_by_done" ON "camp_place" ("camp_id", "done_days", "id");
CREATE INDEX "camp_place_by_state" ON "camp_place" ("camp_id", "state", "signed_up_at", "id");
CREATE INDEX "camp_place_by_member" ON "camp_place" ("member_id", "signed_up_at", "id");
CREATE INDEX "camp_place_by_due" ON "camp_place" ("due_at", "id");
CREATE UNIQUE INDEX "camp_place_once" ON "camp_place" ("camp_id", "member_id") WHERE state <> 'left';
CREATE TABLE "camp_certificate" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "camp_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "number" VARCHAR(13) NOT NULL,
    "issued_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "withdrawn_at" TIMESTAMP,
    "withdrawn_by" CHAR(36),
    "reason" VARCHAR(200) /* Why it was withdrawn. */,
    "place_id" CHAR(36) NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_certificate_once" UNIQUE ("place_id"),
    CONSTRAINT "camp_certificate_number" UNIQUE ("number")
);
CREATE INDEX "camp_certificate_by_camp" ON "camp_certificate" ("camp_id", "issued_at", "id");
CREATE INDEX "camp_certificate_by_member" ON "camp_certificate" ("member_id", "issued_at", "id");
CREATE TABLE "camp_day" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "camp_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "day" SMALLINT NOT NULL,
    "outcome" VARCHAR(10) NOT NULL /* DONE: done\nMISSED: missed\nMADE_UP: made_up */,
    "settled_at" TIMESTAMP NOT NULL /* When the day had ended. */,
    "made_up_at" TIMESTAMP,
    "place_id" CHAR(36) NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_day_once" UNIQUE ("place_id", "day")
);
CREATE TABLE "camp_finish" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "camp_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "points" INT NOT NULL /* What it paid. */,
    "finished_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "place_id" CHAR(36) NOT NULL REFERENCES "camp_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_finish_once" UNIQUE ("place_id")
);
CREATE INDEX "camp_finish_by_camp" ON "camp_finish" ("camp_id", "finished_at", "id");
CREATE INDEX "camp_finish_by_member" ON "camp_finish" ("member_id", "finished_at", "id");
CREATE TABLE "camp_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* BEHIND: behind\nSEATED: seated\nFINISHED: finished\nOUT: out\nCANCELLED: cancelled */,
    "day" SMALLINT NOT NULL /* The day that is open; 0 where it is about none. */,
    "created_at" TIMESTAMP NOT NULL,
    "camp_id" CHAR(36) NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_notice_once" UNIQUE ("camp_id", "member_id", "kind", "day")
);
CREATE INDEX "camp_notice_by_member" ON "camp_notice" ("member_id", "created_at", "id");
CREATE TABLE "camp_task" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL,
    "position" SMALLINT NOT NULL /* Its place in the day, from 0. */,
    "kind" VARCHAR(10) NOT NULL /* LESSON: lesson\nCHECK_IN: check_in\nQUIZ: quiz\nPOST: post */,
    "title" VARCHAR(60) NOT NULL,
    "detail" VARCHAR(2000),
    "target_id" CHAR(36) /* The session, the quiz or the check-in plan. */,
    "words_least" SMALLINT NOT NULL,
    "pictures_least" SMALLINT NOT NULL,
    "opens_at" TIMESTAMP NOT NULL /* When its day begins. */,
    "camp_id" CHAR(36) NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    CONSTRAINT "camp_task_place" UNIQUE ("camp_id", "day", "position")
);
CREATE TABLE "camp_post" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "place_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "day" SMALLINT NOT NULL,
    "words" VARCHAR(1000),
    "pictures" JSON NOT NULL,
    "is_late" INT NOT NULL /* Whether its day was over. */,
    "is_showcase" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "voided_at" TIMESTAMP,
    "void_reason" VARCHAR(200),
    "camp_id" CHAR(36) NOT NULL REFERENCES "camp" ("id") ON DELETE RESTRICT,
    "task_id" CHAR(36) NOT NULL REFERENCES "camp_task" ("id") ON DELETE RESTRICT
);
CREATE INDEX "camp_post_by_camp" ON "camp_post" ("camp_id", "created_at", "id");
CREATE INDEX "camp_post_by_member" ON "camp_post" ("member_id", "created_at", "id");
CREATE INDEX "camp_post_by_task" ON "camp_post" ("task_id", "created_at", "id");
CREATE UNIQUE INDEX "camp_post_once" ON "camp_post" ("place_id", "task_id") WHERE voided_at IS NULL;

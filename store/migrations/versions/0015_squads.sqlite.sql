CREATE TABLE "squad_challenge" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nENDED: ended\nCANCELLED: cancelled */,
    "title" VARCHAR(60) NOT NULL,
    "summary" VARCHAR(500),
    "days" SMALLINT NOT NULL,
    "starts_on" DATE NOT NULL,
    "zone" VARCHAR(40) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "starts_at" TIMESTAMP NOT NULL /* When its first day begins. */,
    "ends_at" TIMESTAMP NOT NULL /* When its last day is settled. */,
    "audience" JSON NOT NULL,
    "size_least" SMALLINT NOT NULL,
    "size_most" SMALLINT NOT NULL,
    "forms_from" TIMESTAMP,
    "forms_until" TIMESTAMP NOT NULL /* The first instant at which no squad forms any more. */,
    "has_matching" INT NOT NULL,
    "mode" VARCHAR(12) NOT NULL /* ALL_SURVIVE: all_survive\nTOTAL_DAYS: total_days\nRELAY: relay */,
    "misses_allowed" SMALLINT NOT NULL,
    "team_misses_allowed" SMALLINT,
    "goal_percent" SMALLINT NOT NULL,
    "substitutes_until_day" SMALLINT NOT NULL,
    "make_up_hours" SMALLINT NOT NULL,
    "stake" INT NOT NULL,
    "stake_split" VARCHAR(10) NOT NULL /* EQUAL: equal\nBY_DAYS: by_days */,
    "quit_penalty" INT NOT NULL,
    "milestones" JSON NOT NULL,
    "tiers" JSON NOT NULL,
    "every_finish_points" INT NOT NULL,
    "gives_diploma" INT NOT NULL,
    "waiting_count" INT NOT NULL /* How many ask to be matched. */,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "published_at" TIMESTAMP,
    "matched_at" TIMESTAMP /* When those who asked were matched. */,
    "closed_at" TIMESTAMP /* When it ended or was cancelled. */,
    "unwound_at" TIMESTAMP /* When the last squad of a cancelled one had its points back. */,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "plan_id" CHAR(36) NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_challenge_length" CHECK (days BETWEEN 1 AND 100),
    CONSTRAINT "squad_challenge_sizes" CHECK (size_least BETWEEN 2 AND size_most),
    CONSTRAINT "squad_challenge_bounds" CHECK (stake >= 0 AND quit_penalty >= 0 AND every_finish_points >= 0 AND waiting_count >= 0),
    CONSTRAINT "squad_challenge_forms_before" CHECK (forms_until <= starts_at),
    CONSTRAINT "squad_challenge_of_one_place" CHECK (circle_id IS NULL OR group_id IS NULL)
);
CREATE INDEX "idx_squad_chall_circle__177d33" ON "squad_challenge" ("circle_id");
CREATE INDEX "idx_squad_chall_group_i_42a6c8" ON "squad_challenge" ("group_id");
CREATE INDEX "idx_squad_chall_plan_id_cc12db" ON "squad_challenge" ("plan_id");
CREATE INDEX "squad_challenge_by_start" ON "squad_challenge" ("starts_at", "id");
CREATE INDEX "squad_challenge_by_status" ON "squad_challenge" ("status", "forms_until");
CREATE TABLE "squad" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(20) NOT NULL,
    "code" VARCHAR(8) NOT NULL /* What lets others in. */,
    "state" VARCHAR(10) NOT NULL /* FORMING: forming\nRUNNING: running\nFINISHED: finished\nFAILED: failed\nDISSOLVED: dissolved\nCANCELLED: cancelled */,
    "is_open" INT NOT NULL /* Whether matching may fill it. */,
    "is_matched" INT NOT NULL /* Whether matching made it. */,
    "size_most" SMALLINT NOT NULL,
    "taken" SMALLINT NOT NULL /* How many are in it while it forms. */,
    "seats" SMALLINT NOT NULL /* How many it set out with. */,
    "vacant" SMALLINT NOT NULL /* Of these, how many nobody holds. */,
    "settled_through" SMALLINT NOT NULL /* The last day that was settled. */,
    "done_days" INT NOT NULL /* Check-ins of all seats that count. */,
    "missed_days" INT NOT NULL,
    "is_whole" INT NOT NULL /* Whether every member finished. */,
    "created_at" TIMESTAMP NOT NULL,
    "started_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "due_at" TIMESTAMP /* When it sets out, or its next day is settled. */,
    "captain_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "challenge_id" CHAR(36) NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_code_once" UNIQUE ("code"),
    CONSTRAINT "squad_within_size" CHECK (taken BETWEEN 0 AND size_most),
    CONSTRAINT "squad_vacant_seats" CHECK (vacant BETWEEN 0 AND seats),
    CONSTRAINT "squad_counts" CHECK (done_days >= 0 AND missed_days >= 0)
);
CREATE INDEX "idx_squad_captain_359c93" ON "squad" ("captain_id");
CREATE INDEX "squad_by_done" ON "squad" ("challenge_id", "done_days", "id");
CREATE INDEX "squad_by_state" ON "squad" ("challenge_id", "state", "id");
CREATE INDEX "squad_by_due" ON "squad" ("due_at", "id");
CREATE TABLE "squad_day" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL,
    "done" SMALLINT NOT NULL /* How many checked in of those who owed it. */,
    "missed" SMALLINT NOT NULL /* How many did not, empty seats among them. */,
    "settled_at" TIMESTAMP NOT NULL /* When it was due to be settled. */,
    "squad_id" CHAR(36) NOT NULL REFERENCES "squad" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_day_once" UNIQUE ("squad_id", "day")
);
CREATE TABLE "squad_place" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "state" VARCHAR(10) NOT NULL /* WAITING: waiting\nJOINED: joined\nLEFT: left\nQUIT: quit\nRELIEVED: relieved\nOUT: out\nFINISHED: finished\nFAILED: failed\nDISSOLVED: dissolved\nCANCELLED: cancelled */,
    "is_substitute" INT NOT NULL,
    "seat" SMALLINT /* Which seat of the squad, from its start. */,
    "first_day" SMALLINT NOT NULL /* The first day that the member owes. */,
    "last_day" SMALLINT /* The last day, where it did not stay. */,
    "done_days" SMALLINT NOT NULL,
    "missed_days" SMALLINT NOT NULL,
    "stake" INT NOT NULL /* What is set aside for it, or was. */,
    "tier" VARCHAR(20) /* What the finish came to. */,
    "points_paid" INT NOT NULL /* What the challenge has paid the member. */,
    "created_at" TIMESTAMP NOT NULL,
    "joined_at" TIMESTAMP /* When it came into its squad. */,
    "ended_at" TIMESTAMP,
    "challenge_id" CHAR(36) NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "squad_id" CHAR(36) REFERENCES "squad" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_place_counts" CHECK (done_days >= 0 AND missed_days >= 0 AND stake >= 0)
);
CREATE INDEX "squad_place_by_done" ON "squad_place" ("challenge_id", "done_days", "id");
CREATE INDEX "squad_place_by_state" ON "squad_place" ("challenge_id", "state", "id");
CREATE INDEX "squad_place_by_squad" ON "squad_place" ("squad_id", "created_at", "id");
CREATE INDEX "squad_place_by_member" ON "squad_place" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "squad_place_once" ON "squad_place" ("challenge_id", "member_id") WHERE state <> 'left';
CREATE UNIQUE INDEX "squad_place_one_holder" ON "squad_place" ("squad_id", "seat") WHERE state = 'joined';
CREATE TABLE "squad_mark" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "day" SMALLINT NOT NULL,
    "is_done" INT NOT NULL,
    "settled_at" TIMESTAMP NOT NULL,
    "place_id" CHAR(36) NOT NULL REFERENCES "squad_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_mark_once" UNIQUE ("place_id", "day")
) /* What a settled day came to for a member who owed it. */;
CREATE TABLE "squad_diploma" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "challenge_id" CHAR(36) NOT NULL,
    "squad_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "number" VARCHAR(13) NOT NULL,
    "issued_at" TIMESTAMP NOT NULL,
    "withdrawn_at" TIMESTAMP,
    "withdrawn_by" CHAR(36),
    "reason" VARCHAR(200) /* Why it was withdrawn. */,
    "place_id" CHAR(36) NOT NULL REFERENCES "squad_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_diploma_once" UNIQUE ("place_id"),
    CONSTRAINT "squad_diploma_number" UNIQUE ("number")
);
CREATE INDEX "squad_diploma_by_challenge" ON "squad_diploma" ("challenge_id", "issued_at", "id");
CREATE INDEX "squad_diploma_by_member" ON "squad_diploma" ("member_id", "issued_at", "id");
CREATE TABLE "squad_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "squad_id" CHAR(36),
    "member_id" CHAR(36) NOT NULL,
    "sender_id" CHAR(36) /* The mate whose nudge it is. */,
    "kind" VARCHAR(12) NOT NULL /* NUDGED: nudged\nMATCHED: matched\nUNMATCHED: unmatched\nSTARTED: started\nDISSOLVED: dissolved\nSEAT_EMPTY: seat_empty\nSUBSTITUTED: substituted\nRELIEVED: relieved\nCAPTAIN: captain\nMILESTONE: milestone\nOUT: out\nFINISHED: finished\nFAILED: failed\nCANCELLED: cancelled */,
    "day" SMALLINT NOT NULL /* The day that it is about; 0 where it is about none. */,
    "key" VARCHAR(60) NOT NULL /* What it is told of once. */,
    "created_at" TIMESTAMP NOT NULL,
    "challenge_id" CHAR(36) NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_notice_once" UNIQUE ("challenge_id", "member_id", "key")
);
CREATE INDEX "squad_notice_by_member" ON "squad_notice" ("member_id", "created_at", "id");

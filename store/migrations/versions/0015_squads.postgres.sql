CREATE TABLE "squad_challenge" (
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
    "size_least" SMALLINT NOT NULL,
    "size_most" SMALLINT NOT NULL,
    "forms_from" TIMESTAMPTZ,
    "forms_until" TIMESTAMPTZ NOT NULL,
    "has_matching" BOOL NOT NULL,
    "mode" VARCHAR(12) NOT NULL,
    "misses_allowed" SMALLINT NOT NULL,
    "team_misses_allowed" SMALLINT,
    "goal_percent" SMALLINT NOT NULL,
    "substitutes_until_day" SMALLINT NOT NULL,
    "make_up_hours" SMALLINT NOT NULL,
    "stake" INT NOT NULL,
    "stake_split" VARCHAR(10) NOT NULL,
    "quit_penalty" INT NOT NULL,
    "milestones" JSONB NOT NULL,
    "tiers" JSONB NOT NULL,
    "every_finish_points" INT NOT NULL,
    "gives_diploma" BOOL NOT NULL,
    "waiting_count" INT NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "published_at" TIMESTAMPTZ,
    "matched_at" TIMESTAMPTZ,
    "closed_at" TIMESTAMPTZ,
    "unwound_at" TIMESTAMPTZ,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "plan_id" UUID NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
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
COMMENT ON COLUMN "squad_challenge"."status" IS 'DRAFT: draft\nPUBLISHED: published\nENDED: ended\nCANCELLED: cancelled';
COMMENT ON COLUMN "squad_challenge"."starts_at" IS 'When its first day begins.';
COMMENT ON COLUMN "squad_challenge"."ends_at" IS 'When its last day is settled.';
COMMENT ON COLUMN "squad_challenge"."forms_until" IS 'The first instant at which no squad forms any more.';
COMMENT ON COLUMN "squad_challenge"."mode" IS 'ALL_SURVIVE: all_survive\nTOTAL_DAYS: total_days\nRELAY: relay';
COMMENT ON COLUMN "squad_challenge"."stake_split" IS 'EQUAL: equal\nBY_DAYS: by_days';
COMMENT ON COLUMN "squad_challenge"."waiting_count" IS 'How many ask to be matched.';
COMMENT ON COLUMN "squad_challenge"."matched_at" IS 'When those who asked were matched.';
COMMENT ON COLUMN "squad_challenge"."closed_at" IS 'When it ended or was cancelled.';
COMMENT ON COLUMN "squad_challenge"."unwound_at" IS 'When the last squad of a cancelled one had its points back.';
CREATE TABLE "squad" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(20) NOT NULL,
    "code" VARCHAR(8) NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "is_open" BOOL NOT NULL,
    "is_matched" BOOL NOT NULL,
    "size_most" SMALLINT NOT NULL,
    "taken" SMALLINT NOT NULL,
    "seats" SMALLINT NOT NULL,
    "vacant" SMALLINT NOT NULL,
    "settled_through" SMALLINT NOT NULL,
    "done_days" INT NOT NULL,
    "missed_days" INT NOT NULL,
    "is_whole" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "started_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "captain_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "challenge_id" UUID NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_code_once" UNIQUE ("code"),
    CONSTRAINT "squad_within_size" CHECK (taken BETWEEN 0 AND size_most),
    CONSTRAINT "squad_vacant_seats" CHECK (vacant BETWEEN 0 AND seats),
    CONSTRAINT "squad_counts" CHECK (done_days >= 0 AND missed_days >= 0)
);
CREATE INDEX "idx_squad_captain_359c93" ON "squad" ("captain_id");
CREATE INDEX "squad_by_done" ON "squad" ("challenge_id", "done_days", "id");
CREATE INDEX "squad_by_state" ON "squad" ("challenge_id", "state", "id");
CREATE INDEX "squad_by_due" ON "squad" ("due_at", "id");
COMMENT ON COLUMN "squad"."code" IS 'What lets others in.';
COMMENT ON COLUMN "squad"."state" IS 'FORMING: forming\nRUNNING: running\nFINISHED: finished\nFAILED: failed\nDISSOLVED: dissolved\nCANCELLED: cancelled';
COMMENT ON COLUMN "squad"."is_open" IS 'Whether matching may fill it.';
COMMENT ON COLUMN "squad"."is_matched" IS 'Whether matching made it.';
COMMENT ON COLUMN "squad"."taken" IS 'How many are in it while it forms.';
COMMENT ON COLUMN "squad"."seats" IS 'How many it set out with.';
COMMENT ON COLUMN "squad"."vacant" IS 'Of these, how many nobody holds.';
COMMENT ON COLUMN "squad"."settled_through" IS 'The last day that was settled.';
COMMENT ON COLUMN "squad"."done_days" IS 'Check-ins of all seats that count.';
COMMENT ON COLUMN "squad"."is_whole" IS 'Whether every member finished.';
COMMENT ON COLUMN "squad"."due_at" IS 'When it sets out, or its next day is settled.';
CREATE TABLE "squad_day" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL,
    "done" SMALLINT NOT NULL,
    "missed" SMALLINT NOT NULL,
    "settled_at" TIMESTAMPTZ NOT NULL,
    "squad_id" UUID NOT NULL REFERENCES "squad" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_day_once" UNIQUE ("squad_id", "day")
);
COMMENT ON COLUMN "squad_day"."done" IS 'How many checked in of those who owed it.';
COMMENT ON COLUMN "squad_day"."missed" IS 'How many did not, empty seats among them.';
COMMENT ON COLUMN "squad_day"."settled_at" IS 'When it was due to be settled.';
CREATE TABLE "squad_place" (
    "id" UUID NOT NULL PRIMARY KEY,
    "state" VARCHAR(10) NOT NULL,
    "is_substitute" BOOL NOT NULL,
    "seat" SMALLINT,
    "first_day" SMALLINT NOT NULL,
    "last_day" SMALLINT,
    "done_days" SMALLINT NOT NULL,
    "missed_days" SMALLINT NOT NULL,
    "stake" INT NOT NULL,
    "tier" VARCHAR(20),
    "points_paid" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "joined_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "challenge_id" UUID NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "squad_id" UUID REFERENCES "squad" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_place_counts" CHECK (done_days >= 0 AND missed_days >= 0 AND stake >= 0)
);
CREATE INDEX "squad_place_by_done" ON "squad_place" ("challenge_id", "done_days", "id");
CREATE INDEX "squad_place_by_state" ON "squad_place" ("challenge_id", "state", "id");
CREATE INDEX "squad_place_by_squad" ON "squad_place" ("squad_id", "created_at", "id");
CREATE INDEX "squad_place_by_member" ON "squad_place" ("member_id", "created_at", "id");
COMMENT ON COLUMN "squad_place"."state" IS 'WAITING: waiting\nJOINED: joined\nLEFT: left\nQUIT: quit\nRELIEVED: relieved\nOUT: out\nFINISHED: finished\nFAILED: failed\nDISSOLVED: dissolved\nCANCELLED: cancelled';
COMMENT ON COLUMN "squad_place"."seat" IS 'Which seat of the squad, from its start.';
COMMENT ON COLUMN "squad_place"."first_day" IS 'The first day that the member owes.';
COMMENT ON COLUMN "squad_place"."last_day" IS 'The last day, where it did not stay.';
COMMENT ON COLUMN "squad_place"."stake" IS 'What is set aside for it, or was.';
COMMENT ON COLUMN "squad_place"."tier" IS 'What the finish came to.';
COMMENT ON COLUMN "squad_place"."points_paid" IS 'What the challenge has paid the member.';
COMMENT ON COLUMN "squad_place"."joined_at" IS 'When it came into its squad.';
CREATE UNIQUE INDEX "squad_place_once" ON "squad_place" ("challenge_id", "member_id") WHERE state <> 'left';
CREATE UNIQUE INDEX "squad_place_one_holder" ON "squad_place" ("squad_id", "seat") WHERE state = 'joined';
CREATE TABLE "squad_mark" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "day" SMALLINT NOT NULL,
    "is_done" BOOL NOT NULL,
    "settled_at" TIMESTAMPTZ NOT NULL,
    "place_id" UUID NOT NULL REFERENCES "squad_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_mark_once" UNIQUE ("place_id", "day")
);
COMMENT ON TABLE "squad_mark" IS 'What a settled day came to for a member who owed it.';
CREATE TABLE "squad_diploma" (
    "id" UUID NOT NULL PRIMARY KEY,
    "challenge_id" UUID NOT NULL,
    "squad_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "number" VARCHAR(13) NOT NULL,
    "issued_at" TIMESTAMPTZ NOT NULL,
    "withdrawn_at" TIMESTAMPTZ,
    "withdrawn_by" UUID,
    "reason" VARCHAR(200),
    "place_id" UUID NOT NULL REFERENCES "squad_place" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_diploma_once" UNIQUE ("place_id"),
    CONSTRAINT "squad_diploma_number" UNIQUE ("number")
);
CREATE INDEX "squad_diploma_by_challenge" ON "squad_diploma" ("challenge_id", "issued_at", "id");
CREATE INDEX "squad_diploma_by_member" ON "squad_diploma" ("member_id", "issued_at", "id");
COMMENT ON COLUMN "squad_diploma"."reason" IS 'Why it was withdrawn.';
CREATE TABLE "squad_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "squad_id" UUID,
    "member_id" UUID NOT NULL,
    "sender_id" UUID,
    "kind" VARCHAR(12) NOT NULL,
    "day" SMALLINT NOT NULL,
    "key" VARCHAR(60) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "challenge_id" UUID NOT NULL REFERENCES "squad_challenge" ("id") ON DELETE RESTRICT,
    CONSTRAINT "squad_notice_once" UNIQUE ("challenge_id", "member_id", "key")
);
CREATE INDEX "squad_notice_by_member" ON "squad_notice" ("member_id", "created_at", "id");
COMMENT ON COLUMN "squad_notice"."sender_id" IS 'The mate whose nudge it is.';
COMMENT ON COLUMN "squad_notice"."kind" IS 'NUDGED: nudged\nMATCHED: matched\nUNMATCHED: unmatched\nSTARTED: started\nDISSOLVED: dissolved\nSEAT_EMPTY: seat_empty\nSUBSTITUTED: substituted\nRELIEVED: relieved\nCAPTAIN: captain\nMILESTONE: milestone\nOUT: out\nFINISHED: finished\nFAILED: failed\nCANCELLED: cancelled';
COMMENT ON COLUMN "squad_notice"."day" IS 'The day that it is about; 0 where it is about none.';
COMMENT ON COLUMN "squad_notice"."key" IS 'What it is told of once.';

CREATE TABLE "red_packet" (
    "id" UUID NOT NULL PRIMARY KEY,
    "sender_kind" VARCHAR(10) NOT NULL,
    "sender_id" UUID,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "rain_id" UUID,
    "recipient_id" UUID,
    "group_id" UUID,
    "cause" VARCHAR(80),
    "mode" VARCHAR(10) NOT NULL,
    "occasion" VARCHAR(20) NOT NULL,
    "total" BIGINT NOT NULL,
    "share_count" INT NOT NULL,
    "share_least" BIGINT NOT NULL,
    "share_most" BIGINT,
    "best_position" INT,
    "greeting" VARCHAR(60),
    "cover_url" VARCHAR(500),
    "audience" JSONB NOT NULL,
    "gate" VARCHAR(20) NOT NULL,
    "password" VARCHAR(20),
    "gate_source" VARCHAR(80),
    "debit_entry_id" UUID NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "taken" INT NOT NULL,
    "refunded" BIGINT,
    "opens_at" TIMESTAMPTZ NOT NULL,
    "closes_at" TIMESTAMPTZ NOT NULL,
    "closed_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "red_packet_one_per_cause" UNIQUE ("cause"),
    CONSTRAINT "red_packet_within_its_shares" CHECK (taken BETWEEN 0 AND share_count),
    CONSTRAINT "red_packet_fills_its_shares" CHECK (total >= share_count * share_least),
    CONSTRAINT "red_packet_is_open_or_ended" CHECK ((state = 'open') = (closed_at IS NULL) AND (state = 'emptied') = (taken = share_count))
);
CREATE INDEX "red_packet_by_created" ON "red_packet" ("created_at", "id");
CREATE INDEX "red_packet_by_group" ON "red_packet" ("group_id", "created_at", "id");
CREATE INDEX "red_packet_by_sender" ON "red_packet" ("sender_id", "created_at", "id");
CREATE INDEX "red_packet_by_recipient" ON "red_packet" ("recipient_id", "created_at", "id");
CREATE INDEX "red_packet_by_rain" ON "red_packet" ("rain_id", "opens_at", "id");
CREATE INDEX "red_packet_by_end" ON "red_packet" ("state", "closes_at");
COMMENT ON COLUMN "red_packet"."sender_kind" IS 'PLATFORM: platform\nBUDGET: budget\nGROUP: group\nMEMBER: member';
COMMENT ON COLUMN "red_packet"."sender_id" IS 'The member, group or budget.';
COMMENT ON COLUMN "red_packet"."by_kind" IS 'Who sent it, on the sender''s account.';
COMMENT ON COLUMN "red_packet"."recipient_id" IS 'The one member it is for.';
COMMENT ON COLUMN "red_packet"."group_id" IS 'The group whose members it is for.';
COMMENT ON COLUMN "red_packet"."cause" IS 'What is answered by one packet only.';
COMMENT ON COLUMN "red_packet"."mode" IS 'ORDINARY: ordinary\nLUCKY: lucky';
COMMENT ON COLUMN "red_packet"."occasion" IS 'ANNOUNCEMENT: announcement\nFESTIVAL: festival\nBIRTHDAY: birthday\nWELCOME: welcome\nEVENT: event\nOTHER: other';
COMMENT ON COLUMN "red_packet"."best_position" IS 'Which share is the largest, the first of such.';
COMMENT ON COLUMN "red_packet"."gate" IS 'NONE: none\nPASSWORD: password\nCHECKED_IN_TODAY: checked_in_today\nQUIZ_PASSED: quiz_passed';
COMMENT ON COLUMN "red_packet"."debit_entry_id" IS 'The sender''s line in the ledger.';
COMMENT ON COLUMN "red_packet"."state" IS 'OPEN: open\nEMPTIED: emptied\nEXPIRED: expired\nWITHDRAWN: withdrawn';
COMMENT ON COLUMN "red_packet"."refunded" IS 'What went back; absent while it is open.';
CREATE TABLE "red_packet_slice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "amount" BIGINT NOT NULL,
    "packet_id" UUID NOT NULL REFERENCES "red_packet" ("id") ON DELETE RESTRICT,
    CONSTRAINT "red_packet_slice_once" UNIQUE ("packet_id", "position"),
    CONSTRAINT "red_packet_slice_holds_something" CHECK (amount >= 1)
);
COMMENT ON COLUMN "red_packet_slice"."position" IS 'Which grab takes it, from 1.';
COMMENT ON TABLE "red_packet_slice" IS 'A share of a lucky packet that waits to be taken; an ordinary packet needs none.';
CREATE TABLE "birthday_round" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "finished_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "birthday_round_once" UNIQUE ("day")
);
COMMENT ON TABLE "birthday_round" IS 'A day whose birthdays have all been greeted.';
CREATE TABLE "red_packet_policy" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "members_may_send" BOOL NOT NULL,
    "senders_may_grab" BOOL NOT NULL,
    "member_limits" JSONB NOT NULL,
    "group_limits" JSONB NOT NULL,
    "brand_limits" JSONB NOT NULL,
    "share_least" BIGINT NOT NULL,
    "received_per_day" INT,
    "received_points_per_day" BIGINT,
    "lifetime_hours" INT NOT NULL,
    "lifetime_hours_most" INT NOT NULL,
    "welcome_within_days" INT NOT NULL,
    "birthday_points" BIGINT,
    "birthday_hour" SMALLINT NOT NULL,
    "birthday_budget_id" UUID,
    "birthday_greeting" VARCHAR(60) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "red_packet_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "red_packet_policy_shares_something" CHECK (share_least >= 1)
);
COMMENT ON COLUMN "red_packet_policy"."is_active" IS 'Whether it is the version that holds.';
COMMENT ON COLUMN "red_packet_policy"."senders_may_grab" IS 'Whether a sender may take a share of its own packet.';
COMMENT ON COLUMN "red_packet_policy"."received_per_day" IS 'Shares a member may take in a day.';
COMMENT ON COLUMN "red_packet_policy"."lifetime_hours" IS 'How long a packet is open where its sender does not say.';
COMMENT ON COLUMN "red_packet_policy"."welcome_within_days" IS 'How long after a newcomer''s introduction it may be welcomed.';
COMMENT ON COLUMN "red_packet_policy"."birthday_points" IS 'Absent: no packets for birthdays.';
COMMENT ON COLUMN "red_packet_policy"."birthday_hour" IS 'The hour of the brand''s zone from which they are sent.';
COMMENT ON COLUMN "red_packet_policy"."birthday_budget_id" IS 'Absent: from the platform.';
CREATE UNIQUE INDEX "red_packet_policy_one_active" ON "red_packet_policy" ("is_active") WHERE is_active;
CREATE TABLE "red_packet_rain" (
    "id" UUID NOT NULL PRIMARY KEY,
    "sender_kind" VARCHAR(10) NOT NULL,
    "sender_id" UUID,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "group_id" UUID,
    "drops" INT NOT NULL,
    "seconds_between" INT NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "red_packet_rain_has_intervals" CHECK (drops >= 2 AND seconds_between >= 1)
);
CREATE INDEX "red_packet_rain_by_created" ON "red_packet_rain" ("created_at", "id");
CREATE INDEX "red_packet_rain_by_sender" ON "red_packet_rain" ("sender_id", "created_at", "id");
COMMENT ON COLUMN "red_packet_rain"."sender_kind" IS 'PLATFORM: platform\nBUDGET: budget\nGROUP: group\nMEMBER: member';
COMMENT ON COLUMN "red_packet_rain"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
COMMENT ON COLUMN "red_packet_rain"."drops" IS 'How many packets.';
COMMENT ON COLUMN "red_packet_rain"."seconds_between" IS 'From one''s opening to the next one''s.';
CREATE TABLE "red_packet_share" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "amount" BIGINT NOT NULL,
    "grabbed_at" TIMESTAMPTZ NOT NULL,
    "thanks" VARCHAR(60),
    "thanked_at" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "packet_id" UUID NOT NULL REFERENCES "red_packet" ("id") ON DELETE RESTRICT,
    CONSTRAINT "red_packet_share_once_a_member" UNIQUE ("packet_id", "member_id"),
    CONSTRAINT "red_packet_share_once_a_place" UNIQUE ("packet_id", "position"),
    CONSTRAINT "red_packet_share_holds_something" CHECK (amount >= 1)
);
CREATE INDEX "red_packet_share_by_member" ON "red_packet_share" ("member_id", "grabbed_at", "id");
COMMENT ON COLUMN "red_packet_share"."position" IS 'Which of the packet''s shares it was, from 1.';
CREATE TABLE "group_funding" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "amount" BIGINT NOT NULL,
    "budget_id" UUID,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_funding_moves_something" CHECK (amount > 0)
);
CREATE INDEX "group_funding_by_group" ON "group_funding" ("group_id", "created_at", "id");
COMMENT ON COLUMN "group_funding"."kind" IS 'GIVE: give\nTAKE_BACK: take_back';
COMMENT ON COLUMN "group_funding"."budget_id" IS 'Absent: from the platform, or back to it.';

CREATE TABLE "red_packet" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "sender_kind" VARCHAR(10) NOT NULL /* PLATFORM: platform\nBUDGET: budget\nGROUP: group\nMEMBER: member */,
    "sender_id" CHAR(36) /* The member, group or budget. */,
    "by_kind" VARCHAR(10) NOT NULL /* Who sent it, on the sender's account. */,
    "by_id" CHAR(36),
    "rain_id" CHAR(36),
    "recipient_id" CHAR(36) /* The one member it is for. */,
    "group_id" CHAR(36) /* The group whose members it is for. */,
    "cause" VARCHAR(80) /* What is answered by one packet only. */,
    "mode" VARCHAR(10) NOT NULL /* ORDINARY: ordinary\nLUCKY: lucky */,
    "occasion" VARCHAR(20) NOT NULL /* ANNOUNCEMENT: announcement\nFESTIVAL: festival\nBIRTHDAY: birthday\nWELCOME: welcome\nEVENT: event\nOTHER: other */,
    "total" BIGINT NOT NULL,
    "share_count" INT NOT NULL,
    "share_least" BIGINT NOT NULL,
    "share_most" BIGINT,
    "best_position" INT /* Which share is the largest, the first of such. */,
    "greeting" VARCHAR(60),
    "cover_url" VARCHAR(500),
    "audience" JSON NOT NULL,
    "gate" VARCHAR(20) NOT NULL /* NONE: none\nPASSWORD: password\nCHECKED_IN_TODAY: checked_in_today\nQUIZ_PASSED: quiz_passed */,
    "password" VARCHAR(20),
    "gate_source" VARCHAR(80),
    "debit_entry_id" CHAR(36) NOT NULL /* The sender's line in the ledger. */,
    "state" VARCHAR(10) NOT NULL /* OPEN: open\nEMPTIED: emptied\nEXPIRED: expired\nWITHDRAWN: withdrawn */,
    "taken" INT NOT NULL,
    "refunded" BIGINT /* What went back; absent while it is open. */,
    "opens_at" TIMESTAMP NOT NULL,
    "closes_at" TIMESTAMP NOT NULL,
    "closed_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
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
CREATE TABLE "red_packet_slice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" INT NOT NULL /* Which grab takes it, from 1. */,
    "amount" BIGINT NOT NULL,
    "packet_id" CHAR(36) NOT NULL REFERENCES "red_packet" ("id") ON DELETE RESTRICT,
    CONSTRAINT "red_packet_slice_once" UNIQUE ("packet_id", "position"),
    CONSTRAINT "red_packet_slice_holds_something" CHECK (amount >= 1)
) /* A share of a lucky packet that waits to be taken; an ordinary packet needs none. */;
CREATE TABLE "birthday_round" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "finished_at" TIMESTAMP NOT NULL,
    CONSTRAINT "birthday_round_once" UNIQUE ("day")
) /* A day whose birthdays have all been greeted. */;
CREATE TABLE "red_packet_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "members_may_send" INT NOT NULL,
    "senders_may_grab" INT NOT NULL /* Whether a sender may take a share of its own packet. */,
    "member_limits" JSON NOT NULL,
    "group_limits" JSON NOT NULL,
    "brand_limits" JSON NOT NULL,
    "share_least" BIGINT NOT NULL,
    "received_per_day" INT /* Shares a member may take in a day. */,
    "received_points_per_day" BIGINT,
    "lifetime_hours" INT NOT NULL /* How long a packet is open where its sender does not say. */,
    "lifetime_hours_most" INT NOT NULL,
    "welcome_within_days" INT NOT NULL /* How long after a newcomer's introduction it may be welcomed. */,
    "birthday_points" BIGINT /* Absent: no packets for birthdays. */,
    "birthday_hour" SMALLINT NOT NULL /* The hour of the brand's zone from which they are sent. */,
    "birthday_budget_id" CHAR(36) /* Absent: from the platform. */,
    "birthday_greeting" VARCHAR(60) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "red_packet_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "red_packet_policy_shares_something" CHECK (share_least >= 1)
);
CREATE UNIQUE INDEX "red_packet_policy_one_active" ON "red_packet_policy" ("is_active") WHERE is_active;
CREATE TABLE "red_packet_rain" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "sender_kind" VARCHAR(10) NOT NULL /* PLATFORM: platform\nBUDGET: budget\nGROUP: group\nMEMBER: member */,
    "sender_id" CHAR(36),
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "group_id" CHAR(36),
    "drops" INT NOT NULL /* How many packets. */,
    "seconds_between" INT NOT NULL /* From one's opening to the next one's. */,
    "starts_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "red_packet_rain_has_intervals" CHECK (drops >= 2 AND seconds_between >= 1)
);
CREATE INDEX "red_packet_rain_by_created" ON "red_packet_rain" ("created_at", "id");
CREATE INDEX "red_packet_rain_by_sender" ON "red_packet_rain" ("sender_id", "created_at", "id");
CREATE TABLE "red_packet_share" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" INT NOT NULL /* Which of the packet's shares it was, from 1. */,
    "amount" BIGINT NOT NULL,
    "grabbed_at" TIMESTAMP NOT NULL,
    "thanks" VARCHAR(60),
    "thanked_at" TIMESTAMP,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "packet_id" CHAR(36) NOT NULL REFERENCES "red_packet" ("id") ON DELETE RESTRICT,
    CONSTRAINT "red_packet_share_once_a_member" UNIQUE ("packet_id", "member_id"),
    CONSTRAINT "red_packet_share_once_a_place" UNIQUE ("packet_id", "position"),
    CONSTRAINT "red_packet_share_holds_something" CHECK (amount >= 1)
);
CREATE INDEX "red_packet_share_by_member" ON "red_packet_share" ("member_id", "grabbed_at", "id");
CREATE TABLE "group_funding" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* GIVE: give\nTAKE_BACK: take_back */,
    "amount" BIGINT NOT NULL,
    "budget_id" CHAR(36) /* Absent: from the platform, or back to it. */,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_funding_moves_something" CHECK (amount > 0)
);
CREATE INDEX "group_funding_by_group" ON "group_funding" ("group_id", "created_at", "id");

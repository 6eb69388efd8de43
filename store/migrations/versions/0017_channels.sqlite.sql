CREATE TABLE "visit_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "window_days" INT NOT NULL,
    "burst_count" INT NOT NULL,
    "burst_minutes" INT NOT NULL,
    "address_day_count" INT NOT NULL /* How many visits to a code from one address count in a day. */,
    "excludes_circle_mates" INT NOT NULL /* Whether visits of the inviter's circle mates count not. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "visit_policy_version_once" UNIQUE ("version")
);
CREATE UNIQUE INDEX "visit_policy_one_active" ON "visit_policy" ("is_active") WHERE is_active;
CREATE TABLE "channel" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL /* PUBLIC_ACCOUNT: public_account\nVIDEO_CHANNEL: video_channel\nDOUYIN: douyin\nXIAOHONGSHU: xiaohongshu\nWEIBO: weibo\nSMS: sms\nSTORE_POSTER: store_poster\nPARTNER: partner\nSTAFF: staff\nMEMBER_INVITATION: member_invitation\nOTHER: other */,
    "name" VARCHAR(40) NOT NULL,
    "owner" VARCHAR(40) /* Who looks after it, in words. */,
    "notes" VARCHAR(500),
    "created_at" TIMESTAMP NOT NULL,
    "archived_at" TIMESTAMP,
    CONSTRAINT "channel_name_once" UNIQUE ("name")
);
CREATE INDEX "channel_by_created" ON "channel" ("created_at", "id");
CREATE TABLE "scene_code" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "code" VARCHAR(10) NOT NULL,
    "way" VARCHAR(64) NOT NULL /* A hash of inviter, channel, campaign and page. */,
    "campaign" VARCHAR(80),
    "page" VARCHAR(100) NOT NULL /* Without a leading slash or a query. */,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "withdrawn_at" TIMESTAMP,
    "version" INT NOT NULL,
    "channel_id" CHAR(36) REFERENCES "channel" ("id") ON DELETE RESTRICT,
    "inviter_id" CHAR(36) REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "scene_code_once" UNIQUE ("code"),
    CONSTRAINT "scene_code_one_way" UNIQUE ("way")
);
CREATE INDEX "scene_code_by_inviter" ON "scene_code" ("inviter_id", "created_at", "id");
CREATE INDEX "scene_code_by_channel" ON "scene_code" ("channel_id", "created_at", "id");
CREATE INDEX "scene_code_by_campaign" ON "scene_code" ("campaign", "created_at", "id");
CREATE INDEX "scene_code_by_time" ON "scene_code" ("created_at", "id");
CREATE TABLE "arrival" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "first_at" TIMESTAMP NOT NULL /* When it first came. */,
    "last_at" TIMESTAMP NOT NULL /* When it last came before it registered. */,
    "registered_at" TIMESTAMP NOT NULL,
    "day" DATE NOT NULL /* The brand's day of the registration. */,
    "first_code_id" CHAR(36) NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "last_code_id" CHAR(36) NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "arrival_once" UNIQUE ("member_id")
);
CREATE INDEX "arrival_by_first" ON "arrival" ("first_at", "first_code_id");
CREATE INDEX "arrival_by_last" ON "arrival" ("last_at", "last_code_id");
CREATE INDEX "arrival_by_first_code" ON "arrival" ("first_code_id", "first_at");
CREATE INDEX "arrival_by_last_code" ON "arrival" ("last_code_id", "last_at");
CREATE TABLE "visit" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "device_hash" VARCHAR(64),
    "address_hash" VARCHAR(64),
    "visitor" VARCHAR(64) /* Tells one visitor from another. */,
    "visitor_no" CHAR(36) NOT NULL /* The id of the visitor's first visit, which outlives its hash. */,
    "day" DATE NOT NULL /* The brand's day. */,
    "counts" INT NOT NULL,
    "reason" VARCHAR(12) /* EXPIRED: expired\nWITHDRAWN: withdrawn\nBOT: bot\nSELF: self\nDEVICE: device\nKNOWN: known\nCIRCLE_MATE: circle_mate\nBURST: burst */,
    "visited_at" TIMESTAMP NOT NULL /* When it came first on that day. */,
    "last_at" TIMESTAMP NOT NULL /* When it came last on that day. */,
    "is_forgotten" INT NOT NULL /* Whether the hashes are gone. */,
    "code_id" CHAR(36) NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "visit_once_a_day" UNIQUE ("code_id", "visitor", "day"),
    CONSTRAINT "visit_doubted_or_counted" CHECK (counts = (reason IS NULL))
);
CREATE INDEX "visit_by_code" ON "visit" ("code_id", "visited_at", "id");
CREATE INDEX "visit_by_time" ON "visit" ("visited_at", "id");
CREATE INDEX "visit_by_member" ON "visit" ("member_id", "visited_at");
CREATE INDEX "visit_by_device" ON "visit" ("device_hash", "visited_at");
CREATE INDEX "visit_by_address" ON "visit" ("address_hash", "day");
CREATE INDEX "visit_by_visitor" ON "visit" ("visitor");
CREATE INDEX "visit_by_reason" ON "visit" ("reason", "visited_at", "id");
CREATE UNIQUE INDEX "visit_counts_once_a_day" ON "visit" ("visitor", "day") WHERE counts;
CREATE UNIQUE INDEX "visit_to_forget" ON "visit" ("visited_at", "id") WHERE NOT is_forgotten;
CREATE TABLE "channel_cost" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL /* The brand's day on which it was spent. */,
    "amount" BIGINT NOT NULL /* In minor units; below zero where an earlier one is booked back. */,
    "words" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "channel_id" CHAR(36) NOT NULL REFERENCES "channel" ("id") ON DELETE RESTRICT,
    CONSTRAINT "channel_cost_of_something" CHECK (amount <> 0)
);
CREATE INDEX "channel_cost_by_day" ON "channel_cost" ("channel_id", "day", "id");
CREATE TRIGGER IF NOT EXISTS "channel_cost_refuses_update" BEFORE UPDATE ON "channel_cost"
BEGIN
    SELECT RAISE(ABORT, 'channel_cost is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "channel_cost_refuses_delete" BEFORE DELETE ON "channel_cost"
BEGIN
    SELECT RAISE(ABORT, 'channel_cost is append-only');
END;
CREATE TABLE "channel_post" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(100) NOT NULL,
    "link" VARCHAR(500),
    "notes" VARCHAR(500),
    "staff_id" CHAR(36) NOT NULL /* Who published it. */,
    "published_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "removed_at" TIMESTAMP /* When it was taken off the log. */,
    "channel_id" CHAR(36) NOT NULL REFERENCES "channel" ("id") ON DELETE RESTRICT,
    "code_id" CHAR(36) REFERENCES "scene_code" ("id") ON DELETE RESTRICT
);
CREATE INDEX "channel_post_by_channel" ON "channel_post" ("channel_id", "published_at", "id");
CREATE INDEX "channel_post_by_time" ON "channel_post" ("published_at", "id");

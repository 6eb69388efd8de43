CREATE TABLE "visit_policy" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "window_days" INT NOT NULL,
    "burst_count" INT NOT NULL,
    "burst_minutes" INT NOT NULL,
    "address_day_count" INT NOT NULL,
    "excludes_circle_mates" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "visit_policy_version_once" UNIQUE ("version")
);
COMMENT ON COLUMN "visit_policy"."is_active" IS 'Whether it is the version that holds.';
COMMENT ON COLUMN "visit_policy"."address_day_count" IS 'How many visits to a code from one address count in a day.';
COMMENT ON COLUMN "visit_policy"."excludes_circle_mates" IS 'Whether visits of the inviter''s circle mates count not.';
CREATE UNIQUE INDEX "visit_policy_one_active" ON "visit_policy" ("is_active") WHERE is_active;
CREATE TABLE "channel" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "owner" VARCHAR(40),
    "notes" VARCHAR(500),
    "created_at" TIMESTAMPTZ NOT NULL,
    "archived_at" TIMESTAMPTZ,
    CONSTRAINT "channel_name_once" UNIQUE ("name")
);
CREATE INDEX "channel_by_created" ON "channel" ("created_at", "id");
COMMENT ON COLUMN "channel"."kind" IS 'PUBLIC_ACCOUNT: public_account\nVIDEO_CHANNEL: video_channel\nDOUYIN: douyin\nXIAOHONGSHU: xiaohongshu\nWEIBO: weibo\nSMS: sms\nSTORE_POSTER: store_poster\nPARTNER: partner\nSTAFF: staff\nMEMBER_INVITATION: member_invitation\nOTHER: other';
COMMENT ON COLUMN "channel"."owner" IS 'Who looks after it, in words.';
CREATE TABLE "scene_code" (
    "id" UUID NOT NULL PRIMARY KEY,
    "code" VARCHAR(10) NOT NULL,
    "way" VARCHAR(64) NOT NULL,
    "campaign" VARCHAR(80),
    "page" VARCHAR(100) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "withdrawn_at" TIMESTAMPTZ,
    "version" INT NOT NULL,
    "channel_id" UUID REFERENCES "channel" ("id") ON DELETE RESTRICT,
    "inviter_id" UUID REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "scene_code_once" UNIQUE ("code"),
    CONSTRAINT "scene_code_one_way" UNIQUE ("way")
);
CREATE INDEX "scene_code_by_inviter" ON "scene_code" ("inviter_id", "created_at", "id");
CREATE INDEX "scene_code_by_channel" ON "scene_code" ("channel_id", "created_at", "id");
CREATE INDEX "scene_code_by_campaign" ON "scene_code" ("campaign", "created_at", "id");
CREATE INDEX "scene_code_by_time" ON "scene_code" ("created_at", "id");
COMMENT ON COLUMN "scene_code"."way" IS 'A hash of inviter, channel, campaign and page.';
COMMENT ON COLUMN "scene_code"."page" IS 'Without a leading slash or a query.';
CREATE TABLE "arrival" (
    "id" UUID NOT NULL PRIMARY KEY,
    "first_at" TIMESTAMPTZ NOT NULL,
    "last_at" TIMESTAMPTZ NOT NULL,
    "registered_at" TIMESTAMPTZ NOT NULL,
    "day" DATE NOT NULL,
    "first_code_id" UUID NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "last_code_id" UUID NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "arrival_once" UNIQUE ("member_id")
);
CREATE INDEX "arrival_by_first" ON "arrival" ("first_at", "first_code_id");
CREATE INDEX "arrival_by_last" ON "arrival" ("last_at", "last_code_id");
CREATE INDEX "arrival_by_first_code" ON "arrival" ("first_code_id", "first_at");
CREATE INDEX "arrival_by_last_code" ON "arrival" ("last_code_id", "last_at");
COMMENT ON COLUMN "arrival"."first_at" IS 'When it first came.';
COMMENT ON COLUMN "arrival"."last_at" IS 'When it last came before it registered.';
COMMENT ON COLUMN "arrival"."day" IS 'The brand''s day of the registration.';
CREATE TABLE "visit" (
    "id" UUID NOT NULL PRIMARY KEY,
    "device_hash" VARCHAR(64),
    "address_hash" VARCHAR(64),
    "visitor" VARCHAR(64),
    "visitor_no" UUID NOT NULL,
    "day" DATE NOT NULL,
    "counts" BOOL NOT NULL,
    "reason" VARCHAR(12),
    "visited_at" TIMESTAMPTZ NOT NULL,
    "last_at" TIMESTAMPTZ NOT NULL,
    "is_forgotten" BOOL NOT NULL,
    "code_id" UUID NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" UUID REFERENCES "member" ("id") ON DELETE RESTRICT,
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
COMMENT ON COLUMN "visit"."visitor" IS 'Tells one visitor from another.';
COMMENT ON COLUMN "visit"."visitor_no" IS 'The id of the visitor''s first visit, which outlives its hash.';
COMMENT ON COLUMN "visit"."day" IS 'The brand''s day.';
COMMENT ON COLUMN "visit"."reason" IS 'EXPIRED: expired\nWITHDRAWN: withdrawn\nBOT: bot\nSELF: self\nDEVICE: device\nKNOWN: known\nCIRCLE_MATE: circle_mate\nBURST: burst';
COMMENT ON COLUMN "visit"."visited_at" IS 'When it came first on that day.';
COMMENT ON COLUMN "visit"."last_at" IS 'When it came last on that day.';
COMMENT ON COLUMN "visit"."is_forgotten" IS 'Whether the hashes are gone.';
CREATE UNIQUE INDEX "visit_counts_once_a_day" ON "visit" ("visitor", "day") WHERE counts;
CREATE UNIQUE INDEX "visit_to_forget" ON "visit" ("visited_at", "id") WHERE NOT is_forgotten;
CREATE TABLE "channel_cost" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "amount" BIGINT NOT NULL,
    "words" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "channel_id" UUID NOT NULL REFERENCES "channel" ("id") ON DELETE RESTRICT,
    CONSTRAINT "channel_cost_of_something" CHECK (amount <> 0)
);
CREATE INDEX "channel_cost_by_day" ON "channel_cost" ("channel_id", "day", "id");
COMMENT ON COLUMN "channel_cost"."day" IS 'The brand''s day on which it was spent.';
COMMENT ON COLUMN "channel_cost"."amount" IS 'In minor units; below zero where an earlier one is booked back.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "channel_cost_refuses_change" BEFORE UPDATE OR DELETE ON "channel_cost" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "channel_cost_refuses_truncate" BEFORE TRUNCATE ON "channel_cost" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "channel_post" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(100) NOT NULL,
    "link" VARCHAR(500),
    "notes" VARCHAR(500),
    "staff_id" UUID NOT NULL,
    "published_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "removed_at" TIMESTAMPTZ,
    "channel_id" UUID NOT NULL REFERENCES "channel" ("id") ON DELETE RESTRICT,
    "code_id" UUID REFERENCES "scene_code" ("id") ON DELETE RESTRICT
);
CREATE INDEX "channel_post_by_channel" ON "channel_post" ("channel_id", "published_at", "id");
CREATE INDEX "channel_post_by_time" ON "channel_post" ("published_at", "id");
COMMENT ON COLUMN "channel_post"."staff_id" IS 'Who published it.';
COMMENT ON COLUMN "channel_post"."removed_at" IS 'When it was taken off the log.';

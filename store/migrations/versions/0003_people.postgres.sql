CREATE TABLE "ladder_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "step_before" VARCHAR(10) NOT NULL,
    "step" VARCHAR(10) NOT NULL,
    "cause" VARCHAR(40) NOT NULL,
    "evidence" JSONB,
    "reason" VARCHAR(200),
    "hold_until" TIMESTAMPTZ,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "ladder_change_by_member" ON "ladder_change" ("member_id", "changed_at", "id");
COMMENT ON COLUMN "ladder_change"."step_before" IS 'PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner';
COMMENT ON COLUMN "ladder_change"."step" IS 'PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner';
COMMENT ON COLUMN "ladder_change"."cause" IS 'A lower-case word, such as `manual` or `purchase`.';
COMMENT ON COLUMN "ladder_change"."evidence" IS 'What it was decided upon, each a short text.';
COMMENT ON COLUMN "ladder_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "ladder_change_refuses_change" BEFORE DELETE ON "ladder_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "ladder_change_refuses_rewriting" BEFORE UPDATE ON "ladder_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('evidence', NULL, 'reason', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "ladder_change_refuses_truncate" BEFORE TRUNCATE ON "ladder_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "member_ladder" (
    "id" UUID NOT NULL PRIMARY KEY,
    "step" VARCHAR(10) NOT NULL,
    "since" TIMESTAMPTZ NOT NULL,
    "hold_until" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_ladder_one" UNIQUE ("member_id")
);
CREATE INDEX "member_ladder_by_step" ON "member_ladder" ("step", "member_id");
COMMENT ON COLUMN "member_ladder"."step" IS 'PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner';
COMMENT ON COLUMN "member_ladder"."hold_until" IS 'Until then no rule moves the member.';
COMMENT ON TABLE "member_ladder" IS 'Where a member stands; without a row it is a prospect.';
CREATE TABLE "tag_group" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "choice" VARCHAR(10) NOT NULL,
    "sort" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "tag_group_name_once" UNIQUE ("name")
);
CREATE INDEX "tag_group_by_sort" ON "tag_group" ("sort", "id");
COMMENT ON COLUMN "tag_group"."choice" IS 'Decided for good when it is made.';
CREATE TABLE "tag" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "colour" VARCHAR(7) NOT NULL,
    "sort" INT NOT NULL,
    "is_public" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "archived_at" TIMESTAMPTZ,
    "group_id" UUID NOT NULL REFERENCES "tag_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "tag_name_once" UNIQUE ("group_id", "name")
);
CREATE INDEX "tag_by_sort" ON "tag" ("group_id", "sort", "id");
COMMENT ON COLUMN "tag"."is_public" IS 'Whether members see it too.';
CREATE TABLE "member_tag" (
    "id" UUID NOT NULL PRIMARY KEY,
    "single_group_id" UUID,
    "source" VARCHAR(10) NOT NULL,
    "by_staff_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "tag_id" UUID NOT NULL REFERENCES "tag" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_tag_once" UNIQUE ("member_id", "tag_id"),
    CONSTRAINT "member_tag_one_of_a_group" UNIQUE ("member_id", "single_group_id")
);
CREATE INDEX "member_tag_by_member" ON "member_tag" ("member_id", "created_at", "id");
CREATE INDEX "member_tag_by_tag" ON "member_tag" ("tag_id", "created_at", "id");
CREATE INDEX "member_tag_by_expiry" ON "member_tag" ("expires_at");
COMMENT ON COLUMN "member_tag"."single_group_id" IS 'The group, where it is of single choice.';
COMMENT ON COLUMN "member_tag"."source" IS 'MANUAL: manual\nRULE: rule\nIMPORT: import\nBEHAVIOUR: behaviour\nCHANNEL: channel';
CREATE TABLE "segment" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "summary" VARCHAR(300),
    "condition" JSONB NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "archived_at" TIMESTAMPTZ,
    CONSTRAINT "segment_name_once" UNIQUE ("name")
);
CREATE INDEX "segment_by_created" ON "segment" ("created_at", "id");
CREATE TABLE "segment_snapshot" (
    "id" UUID NOT NULL PRIMARY KEY,
    "segment_version" INT NOT NULL,
    "condition" JSONB NOT NULL,
    "member_count" INT NOT NULL,
    "note" VARCHAR(100),
    "by_staff_id" UUID NOT NULL,
    "taken_at" TIMESTAMPTZ NOT NULL,
    "segment_id" UUID NOT NULL REFERENCES "segment" ("id") ON DELETE RESTRICT
);
CREATE INDEX "segment_snapshot_by_taken" ON "segment_snapshot" ("segment_id", "taken_at", "id");
COMMENT ON COLUMN "segment_snapshot"."condition" IS 'As it was then.';
CREATE TABLE "segment_snapshot_member" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "snapshot_id" UUID NOT NULL REFERENCES "segment_snapshot" ("id") ON DELETE RESTRICT,
    CONSTRAINT "segment_snapshot_member_once" UNIQUE ("snapshot_id", "member_id")
);
CREATE INDEX "idx_segment_sna_member__a96146" ON "segment_snapshot_member" ("member_id");
CREATE TABLE "level_gift" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "points" BIGINT NOT NULL,
    "given_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "level_gift_once" UNIQUE ("member_id", "position"),
    CONSTRAINT "level_gift_is_something" CHECK (points > 0)
);
CREATE TABLE "member_level" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "since" TIMESTAMPTZ NOT NULL,
    "growth_before" BIGINT NOT NULL,
    "growth_offset" BIGINT NOT NULL,
    "valid_until" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "keep_growth" BIGINT,
    "grace_days" INT NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_level_one" UNIQUE ("member_id"),
    CONSTRAINT "member_level_position" CHECK (position >= 0)
);
CREATE INDEX "member_level_by_due" ON "member_level" ("due_at", "id");
CREATE INDEX "member_level_by_position" ON "member_level" ("position", "member_id");
COMMENT ON COLUMN "member_level"."since" IS 'When its period began.';
COMMENT ON COLUMN "member_level"."growth_before" IS 'The growth with which the period began.';
COMMENT ON COLUMN "member_level"."growth_offset" IS 'Growth that counts for no threshold any more.';
COMMENT ON COLUMN "member_level"."valid_until" IS 'Absent: it stands without end.';
COMMENT ON COLUMN "member_level"."due_at" IS 'When keeping it is asked next.';
COMMENT ON COLUMN "member_level"."keep_growth" IS 'As the level asked when the period began.';
COMMENT ON COLUMN "member_level"."grace_days" IS 'As the level gave when the period began.';
CREATE TABLE "level_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position_before" SMALLINT NOT NULL,
    "position" SMALLINT NOT NULL,
    "cause" VARCHAR(20) NOT NULL,
    "growth" BIGINT NOT NULL,
    "by_staff_id" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "level_change_by_member" ON "level_change" ("member_id", "changed_at", "id");
COMMENT ON COLUMN "level_change"."position_before" IS '0: below the first level.';
COMMENT ON COLUMN "level_change"."position" IS 'The same where the level was kept.';
COMMENT ON COLUMN "level_change"."cause" IS 'REACHED: reached\nKEPT: kept\nLAPSED: lapsed\nTAKEN_BACK: taken_back\nLADDER_CHANGED: ladder_changed\nMOVED: moved';
COMMENT ON COLUMN "level_change"."growth" IS 'The member''s growth then.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "level_change_refuses_change" BEFORE UPDATE OR DELETE ON "level_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "level_change_refuses_truncate" BEFORE TRUNCATE ON "level_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "level_ladder" (
    "id" UUID NOT NULL PRIMARY KEY,
    "is_the_one" BOOL NOT NULL,
    "version" INT NOT NULL,
    "is_fitted" BOOL NOT NULL,
    "fitted_to" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "level_ladder_one" UNIQUE ("is_the_one")
);
COMMENT ON COLUMN "level_ladder"."is_fitted" IS 'Whether every member stands where it says.';
COMMENT ON COLUMN "level_ladder"."fitted_to" IS 'The members up to this one do.';
COMMENT ON TABLE "level_ladder" IS 'There is one row, once the levels have been changed for the first time.';
ALTER TABLE "level" ADD COLUMN "valid_days" integer;
ALTER TABLE "level" ADD COLUMN "keep_growth" bigint;
ALTER TABLE "level" ADD COLUMN "grace_days" integer NOT NULL DEFAULT 0;
ALTER TABLE "level" ALTER COLUMN "grace_days" DROP DEFAULT;
ALTER TABLE "level" ADD COLUMN "speed_percent" integer NOT NULL DEFAULT 100;
ALTER TABLE "level" ALTER COLUMN "speed_percent" DROP DEFAULT;
ALTER TABLE "level" ADD COLUMN "gift_points" bigint NOT NULL DEFAULT 0;
ALTER TABLE "level" ALTER COLUMN "gift_points" DROP DEFAULT;
ALTER TABLE "level" ADD COLUMN "benefits" jsonb NOT NULL DEFAULT '[]';
ALTER TABLE "level" ALTER COLUMN "benefits" DROP DEFAULT;
ALTER TABLE "level" ADD CONSTRAINT "level_gives" CHECK (((gift_points >= 0) AND (speed_percent > 0)));
-- Who has growth stands on the level that it reaches, from now on and without a gift: it entered long ago.
INSERT INTO "member_level" ("id", "position", "since", "growth_before", "growth_offset", "grace_days", "member_id")
SELECT gen_random_uuid(), r.reached, CURRENT_TIMESTAMP, r.balance, 0, 0, r.holder_id FROM (
    SELECT a.holder_id, a.balance, (SELECT MAX(l.position) FROM "level" l WHERE l.threshold <= a.balance) AS reached
    FROM "account" a JOIN "member" m ON m.id = a.holder_id
    WHERE a.holder = 'member' AND a.currency = 'growth' AND a.bucket = 'available' AND a.balance > 0
) r WHERE r.reached IS NOT NULL;

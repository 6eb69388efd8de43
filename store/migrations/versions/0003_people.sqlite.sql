CREATE TABLE "ladder_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "step_before" VARCHAR(10) NOT NULL /* PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner */,
    "step" VARCHAR(10) NOT NULL /* PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner */,
    "cause" VARCHAR(40) NOT NULL /* A lower-case word, such as `manual` or `purchase`. */,
    "evidence" JSON /* What it was decided upon, each a short text. */,
    "reason" VARCHAR(200),
    "hold_until" TIMESTAMP,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "ladder_change_by_member" ON "ladder_change" ("member_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "ladder_change_refuses_update" BEFORE UPDATE OF "id", "step_before", "step", "cause", "hold_until", "by_kind", "by_id", "changed_at", "member_id" ON "ladder_change"
BEGIN
    SELECT RAISE(ABORT, 'ladder_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "ladder_change_refuses_rewriting" BEFORE UPDATE ON "ladder_change" WHEN NEW."evidence" IS NOT NULL OR NEW."reason" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'ladder_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "ladder_change_refuses_delete" BEFORE DELETE ON "ladder_change"
BEGIN
    SELECT RAISE(ABORT, 'ladder_change is append-only');
END;
CREATE TABLE "member_ladder" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "step" VARCHAR(10) NOT NULL /* PROSPECT: prospect\nCUSTOMER: customer\nMEMBER: member\nPARTNER: partner */,
    "since" TIMESTAMP NOT NULL,
    "hold_until" TIMESTAMP /* Until then no rule moves the member. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_ladder_one" UNIQUE ("member_id")
) /* Where a member stands; without a row it is a prospect. */;
CREATE INDEX "member_ladder_by_step" ON "member_ladder" ("step", "member_id");
CREATE TABLE "tag_group" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "choice" VARCHAR(10) NOT NULL /* Decided for good when it is made. */,
    "sort" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "tag_group_name_once" UNIQUE ("name")
);
CREATE INDEX "tag_group_by_sort" ON "tag_group" ("sort", "id");
CREATE TABLE "tag" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "colour" VARCHAR(7) NOT NULL,
    "sort" INT NOT NULL,
    "is_public" INT NOT NULL /* Whether members see it too. */,
    "created_at" TIMESTAMP NOT NULL,
    "archived_at" TIMESTAMP,
    "group_id" CHAR(36) NOT NULL REFERENCES "tag_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "tag_name_once" UNIQUE ("group_id", "name")
);
CREATE INDEX "tag_by_sort" ON "tag" ("group_id", "sort", "id");
CREATE TABLE "member_tag" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "single_group_id" CHAR(36) /* The group, where it is of single choice. */,
    "source" VARCHAR(10) NOT NULL /* MANUAL: manual\nRULE: rule\nIMPORT: import\nBEHAVIOUR: behaviour\nCHANNEL: channel */,
    "by_staff_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "tag_id" CHAR(36) NOT NULL REFERENCES "tag" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_tag_once" UNIQUE ("member_id", "tag_id"),
    CONSTRAINT "member_tag_one_of_a_group" UNIQUE ("member_id", "single_group_id")
);
CREATE INDEX "member_tag_by_member" ON "member_tag" ("member_id", "created_at", "id");
CREATE INDEX "member_tag_by_tag" ON "member_tag" ("tag_id", "created_at", "id");
CREATE INDEX "member_tag_by_expiry" ON "member_tag" ("expires_at");
CREATE TABLE "segment" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "summary" VARCHAR(300),
    "condition" JSON NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "archived_at" TIMESTAMP,
    CONSTRAINT "segment_name_once" UNIQUE ("name")
);
CREATE INDEX "segment_by_created" ON "segment" ("created_at", "id");
CREATE TABLE "segment_snapshot" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "segment_version" INT NOT NULL,
    "condition" JSON NOT NULL /* As it was then. */,
    "member_count" INT NOT NULL,
    "note" VARCHAR(100),
    "by_staff_id" CHAR(36) NOT NULL,
    "taken_at" TIMESTAMP NOT NULL,
    "segment_id" CHAR(36) NOT NULL REFERENCES "segment" ("id") ON DELETE RESTRICT
);
CREATE INDEX "segment_snapshot_by_taken" ON "segment_snapshot" ("segment_id", "taken_at", "id");
CREATE TABLE "segment_snapshot_member" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "snapshot_id" CHAR(36) NOT NULL REFERENCES "segment_snapshot" ("id") ON DELETE RESTRICT,
    CONSTRAINT "segment_snapshot_member_once" UNIQUE ("snapshot_id", "member_id")
);
CREATE INDEX "idx_segment_sna_member__a96146" ON "segment_snapshot_member" ("member_id");
CREATE TABLE "level_gift" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "points" BIGINT NOT NULL,
    "given_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "level_gift_once" UNIQUE ("member_id", "position"),
    CONSTRAINT "level_gift_is_something" CHECK (points > 0)
);
CREATE TABLE "member_level" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "since" TIMESTAMP NOT NULL /* When its period began. */,
    "growth_before" BIGINT NOT NULL /* The growth with which the period began. */,
    "growth_offset" BIGINT NOT NULL /* Growth that counts for no threshold any more. */,
    "valid_until" TIMESTAMP /* Absent: it stands without end. */,
    "due_at" TIMESTAMP /* When keeping it is asked next. */,
    "keep_growth" BIGINT /* As the level asked when the period began. */,
    "grace_days" INT NOT NULL /* As the level gave when the period began. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_level_one" UNIQUE ("member_id"),
    CONSTRAINT "member_level_position" CHECK (position >= 0)
);
CREATE INDEX "member_level_by_due" ON "member_level" ("due_at", "id");
CREATE INDEX "member_level_by_position" ON "member_level" ("position", "member_id");
CREATE TABLE "level_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position_before" SMALLINT NOT NULL /* 0: below the first level. */,
    "position" SMALLINT NOT NULL /* The same where the level was kept. */,
    "cause" VARCHAR(20) NOT NULL /* REACHED: reached\nKEPT: kept\nLAPSED: lapsed\nTAKEN_BACK: taken_back\nLADDER_CHANGED: ladder_changed\nMOVED: moved */,
    "growth" BIGINT NOT NULL /* The member's growth then. */,
    "by_staff_id" CHAR(36),
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "level_change_by_member" ON "level_change" ("member_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "level_change_refuses_update" BEFORE UPDATE ON "level_change"
BEGIN
    SELECT RAISE(ABORT, 'level_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "level_change_refuses_delete" BEFORE DELETE ON "level_change"
BEGIN
    SELECT RAISE(ABORT, 'level_change is append-only');
END;
CREATE TABLE "level_ladder" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "is_the_one" INT NOT NULL,
    "version" INT NOT NULL,
    "is_fitted" INT NOT NULL /* Whether every member stands where it says. */,
    "fitted_to" CHAR(36) /* The members up to this one do. */,
    "changed_at" TIMESTAMP NOT NULL,
    CONSTRAINT "level_ladder_one" UNIQUE ("is_the_one")
) /* There is one row, once the levels have been changed for the first time. */;
CREATE TABLE "new_level" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL /* From 1, by threshold. */,
    "name" VARCHAR(40) NOT NULL,
    "threshold" BIGINT NOT NULL /* Growth from which one has the level. */,
    "valid_days" INT /* Days that it stands; None: without end. */,
    "keep_growth" BIGINT /* Growth earned meanwhile with which it stands on; 0: always, None: never. */,
    "grace_days" INT NOT NULL /* Days more to earn that growth. */,
    "speed_percent" INT NOT NULL /* Of the points that earn rules pay. */,
    "gift_points" BIGINT NOT NULL /* Paid once to each member who enters it. */,
    "benefits" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "level_position_once" UNIQUE ("position"),
    CONSTRAINT "level_threshold_once" UNIQUE ("threshold"),
    CONSTRAINT "level_threshold_from_zero" CHECK (threshold >= 0),
    CONSTRAINT "level_gives" CHECK (gift_points >= 0 AND speed_percent > 0)
);
INSERT INTO "new_level" ("id", "position", "name", "threshold", "grace_days", "speed_percent", "gift_points", "benefits", "created_at") SELECT "id", "position", "name", "threshold", 0, 100, 0, '[]', "created_at" FROM "level";
DROP TABLE "level";
ALTER TABLE "new_level" RENAME TO "level";
-- Who has growth stands on the level that it reaches, from now on and without a gift: it entered long ago.
INSERT INTO "member_level" ("id", "position", "since", "growth_before", "growth_offset", "grace_days", "member_id")
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), r.reached, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000+00:00', r.balance, 0, 0, r.holder_id FROM (
    SELECT a.holder_id, a.balance, (SELECT MAX(l.position) FROM "level" l WHERE l.threshold <= a.balance) AS reached
    FROM "account" a JOIN "member" m ON m.id = a.holder_id
    WHERE a.holder = 'member' AND a.currency = 'growth' AND a.bucket = 'available' AND a.balance > 0
) r WHERE r.reached IS NOT NULL;

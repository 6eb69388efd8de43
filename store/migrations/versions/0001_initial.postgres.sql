CREATE TABLE "outbox" (
    "id" UUID NOT NULL PRIMARY KEY,
    "topic" VARCHAR(40) NOT NULL,
    "payload" JSONB NOT NULL,
    "attempts" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "outbox_by_due" ON "outbox" ("due_at", "id");
CREATE TABLE "attempts" (
    "id" UUID NOT NULL PRIMARY KEY,
    "subject" VARCHAR(64) NOT NULL UNIQUE,
    "count" INT NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "attempts_by_end" ON "attempts" ("ends_at");
COMMENT ON COLUMN "attempts"."ends_at" IS 'When the counting begins anew.';
CREATE TABLE "audit_row" (
    "id" UUID NOT NULL PRIMARY KEY,
    "actor" VARCHAR(10) NOT NULL,
    "actor_id" UUID NOT NULL,
    "action" VARCHAR(60) NOT NULL,
    "subject_type" VARCHAR(40) NOT NULL,
    "subject_id" UUID NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "audit_row_by_time" ON "audit_row" ("created_at", "id");
CREATE INDEX "audit_row_by_subject" ON "audit_row" ("subject_id", "created_at", "id");
CREATE INDEX "audit_row_by_actor" ON "audit_row" ("actor_id", "created_at", "id");
COMMENT ON COLUMN "audit_row"."actor" IS 'STAFF: staff\nPARTNER: partner';
COMMENT ON COLUMN "audit_row"."action" IS 'The sentence of the act, such as `void_check_in`.';
COMMENT ON COLUMN "audit_row"."subject_type" IS 'The name of the record that was changed.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "audit_row_refuses_change" BEFORE UPDATE OR DELETE ON "audit_row" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "audit_row_refuses_truncate" BEFORE TRUNCATE ON "audit_row" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "member" (
    "id" UUID NOT NULL PRIMARY KEY,
    "nickname" VARCHAR(40) NOT NULL,
    "avatar_url" VARCHAR(500),
    "real_name" VARCHAR(40),
    "gender" VARCHAR(10),
    "birthday" DATE,
    "region" VARCHAR(80),
    "occupation" VARCHAR(80),
    "interests" JSONB NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "muted_until" TIMESTAMPTZ,
    "invite_code" VARCHAR(12) NOT NULL,
    "is_returning" BOOL NOT NULL,
    "is_hidden_from_boards" BOOL NOT NULL,
    "is_staff" BOOL NOT NULL,
    "version" BIGINT NOT NULL,
    "last_active_at" TIMESTAMPTZ,
    "joined_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "member_invite_code" UNIQUE ("invite_code")
);
CREATE INDEX "member_by_joined" ON "member" ("joined_at", "id");
COMMENT ON COLUMN "member"."gender" IS 'MALE: male\nFEMALE: female\nOTHER: other';
COMMENT ON COLUMN "member"."status" IS 'NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased';
COMMENT ON COLUMN "member"."is_returning" IS 'Closed an account before, so what newcomers get is refused.';
COMMENT ON COLUMN "member"."is_staff" IS 'Works for the brand, so stays off the boards.';
CREATE TABLE "circle" (
    "id" UUID NOT NULL PRIMARY KEY,
    "slug" VARCHAR(40) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "summary" VARCHAR(300),
    "is_official" BOOL NOT NULL,
    "position" SMALLINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "circle_slug_once" UNIQUE ("slug")
);
CREATE UNIQUE INDEX "circle_one_official" ON "circle" ("is_official") WHERE is_official;
CREATE TABLE "chat_group" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "number" INT NOT NULL,
    "summary" VARCHAR(300),
    "region" VARCHAR(40),
    "area" VARCHAR(40),
    "manager_staff_id" UUID,
    "status" VARCHAR(10) NOT NULL,
    "join_mode" VARCHAR(10) NOT NULL,
    "member_cap" INT NOT NULL,
    "member_count" INT NOT NULL,
    "waiting_count" INT NOT NULL,
    "opens_next" BOOL NOT NULL,
    "members_may_invite" BOOL NOT NULL,
    "nicknames_unique" BOOL NOT NULL,
    "admin_seats_least" SMALLINT NOT NULL,
    "admin_seats_most" SMALLINT NOT NULL,
    "guide_seats_most" SMALLINT NOT NULL,
    "committee_seats_most" SMALLINT NOT NULL,
    "pins_most" SMALLINT NOT NULL,
    "reapply_after_hours" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "archived_at" TIMESTAMPTZ,
    "circle_id" UUID NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_number_once" UNIQUE ("circle_id", "name", "number"),
    CONSTRAINT "group_within_cap" CHECK (member_count BETWEEN 0 AND member_cap),
    CONSTRAINT "group_waiting_never_negative" CHECK (waiting_count >= 0),
    CONSTRAINT "group_admin_seats_fit" CHECK (admin_seats_least <= admin_seats_most)
);
CREATE INDEX "group_by_created" ON "chat_group" ("created_at", "id");
CREATE INDEX "group_by_manager" ON "chat_group" ("manager_staff_id");
COMMENT ON COLUMN "chat_group"."number" IS 'Counts the groups of one name in a circle.';
COMMENT ON COLUMN "chat_group"."area" IS 'A part of the region.';
COMMENT ON COLUMN "chat_group"."manager_staff_id" IS 'The staff member who answers for it.';
COMMENT ON COLUMN "chat_group"."status" IS 'ACTIVE: active\nARCHIVED: archived';
COMMENT ON COLUMN "chat_group"."join_mode" IS 'FREE: free\nAPPROVAL: approval\nINVITATION: invitation\nCLOSED: closed';
COMMENT ON COLUMN "chat_group"."opens_next" IS 'A full group sends on to the next of its series.';
COMMENT ON COLUMN "chat_group"."nicknames_unique" IS 'Holds for nicknames that are set from then on.';
COMMENT ON COLUMN "chat_group"."admin_seats_least" IS 'Fewer admins are warned of, not refused.';
COMMENT ON COLUMN "chat_group"."reapply_after_hours" IS 'How long after a refusal one may apply again.';
CREATE TABLE "check_in_plan" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "scope" VARCHAR(10) NOT NULL,
    "is_default" BOOL NOT NULL,
    "is_active" BOOL NOT NULL,
    "version" INT NOT NULL,
    "starts_on" DATE,
    "ends_on" DATE,
    "zone" VARCHAR(40) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "opens_minute" SMALLINT NOT NULL,
    "closes_minute" SMALLINT NOT NULL,
    "cycle" VARCHAR(10) NOT NULL,
    "cycle_days" SMALLINT NOT NULL,
    "base_points" INT NOT NULL,
    "base_growth" INT NOT NULL,
    "finish_bonus" INT NOT NULL,
    "ladder_mode" VARCHAR(10) NOT NULL,
    "consecutive_ladder" JSONB NOT NULL,
    "cumulative_ladder" JSONB NOT NULL,
    "content_rule" VARCHAR(10) NOT NULL,
    "content_least" SMALLINT NOT NULL,
    "grace_days" SMALLINT NOT NULL,
    "make_up_price" INT,
    "make_up_held_most" SMALLINT NOT NULL,
    "make_up_per_cycle" SMALLINT NOT NULL,
    "make_up_look_back_days" SMALLINT NOT NULL,
    "make_up_pays_percent" SMALLINT NOT NULL,
    "make_up_restores_streak" BOOL NOT NULL,
    "freeze_price" INT,
    "freeze_held_most" SMALLINT NOT NULL,
    "freeze_gap_most" SMALLINT NOT NULL,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_plan_never_takes" CHECK (base_points >= 0 AND base_growth >= 0 AND finish_bonus >= 0),
    CONSTRAINT "check_in_plan_has_a_window" CHECK (day_start_hour BETWEEN 0 AND 23 AND opens_minute >= 0 AND closes_minute <= 1440 AND opens_minute < closes_minute),
    CONSTRAINT "check_in_plan_cycle_length" CHECK (cycle_days BETWEEN 2 AND 366),
    CONSTRAINT "check_in_plan_make_up_percent" CHECK (make_up_pays_percent BETWEEN 0 AND 100)
);
CREATE INDEX "idx_check_in_pl_circle__067656" ON "check_in_plan" ("circle_id");
CREATE INDEX "idx_check_in_pl_group_i_7a787d" ON "check_in_plan" ("group_id");
CREATE INDEX "check_in_plan_default" ON "check_in_plan" ("is_default");
COMMENT ON COLUMN "check_in_plan"."scope" IS 'ALL: all\nCIRCLE: circle\nGROUP: group';
COMMENT ON COLUMN "check_in_plan"."is_default" IS 'Used where a caller names no plan.';
COMMENT ON COLUMN "check_in_plan"."ends_on" IS 'The last day, included.';
COMMENT ON COLUMN "check_in_plan"."opens_minute" IS 'Minutes after the day''s start.';
COMMENT ON COLUMN "check_in_plan"."closes_minute" IS 'Minutes after the day''s start.';
COMMENT ON COLUMN "check_in_plan"."cycle" IS 'ROLLING: rolling\nISO_WEEK: iso_week\nMONTH: month';
COMMENT ON COLUMN "check_in_plan"."cycle_days" IS 'Length of a rolling cycle.';
COMMENT ON COLUMN "check_in_plan"."ladder_mode" IS 'ADD: add\nREPLACE: replace';
COMMENT ON COLUMN "check_in_plan"."content_rule" IS 'OPTIONAL: optional\nREQUIRED: required';
COMMENT ON COLUMN "check_in_plan"."content_least" IS 'Least characters where words are required.';
COMMENT ON COLUMN "check_in_plan"."grace_days" IS 'Missed days in a row that break no streak.';
COMMENT ON COLUMN "check_in_plan"."make_up_price" IS 'Points for a card; absent: not sold.';
COMMENT ON COLUMN "check_in_plan"."freeze_price" IS 'Points for a freeze; absent: not sold.';
COMMENT ON COLUMN "check_in_plan"."freeze_gap_most" IS 'Most missed days in a row that freezes cover.';
CREATE TABLE "check_in_card" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "source" VARCHAR(10) NOT NULL,
    "acquired_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "used_at" TIMESTAMPTZ,
    "used_for" DATE,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" UUID NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_check_in_ca_plan_id_7b533f" ON "check_in_card" ("plan_id");
CREATE INDEX "check_in_card_by_member" ON "check_in_card" ("member_id", "plan_id", "kind", "used_for");
CREATE INDEX "check_in_card_by_acquired" ON "check_in_card" ("member_id", "acquired_at", "id");
COMMENT ON COLUMN "check_in_card"."kind" IS 'MAKE_UP: make_up\nFREEZE: freeze';
COMMENT ON COLUMN "check_in_card"."source" IS 'BOUGHT: bought\nEARNED: earned\nGRANTED: granted';
COMMENT ON COLUMN "check_in_card"."used_for" IS 'The business day that it mended or protected.';
CREATE TABLE "check_in" (
    "id" UUID NOT NULL PRIMARY KEY,
    "plan_version" INT NOT NULL,
    "group_id" UUID,
    "business_day" DATE NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "content" VARCHAR(500),
    "photo_url" VARCHAR(500),
    "day_index" INT NOT NULL,
    "streak_days" INT NOT NULL,
    "points_paid" INT NOT NULL,
    "voided_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" UUID NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_once_a_day" UNIQUE ("member_id", "plan_id", "business_day"),
    CONSTRAINT "check_in_never_takes" CHECK (points_paid >= 0)
);
CREATE INDEX "idx_check_in_plan_id_4453ef" ON "check_in" ("plan_id");
CREATE INDEX "check_in_by_group" ON "check_in" ("group_id", "created_at", "id");
CREATE INDEX "check_in_by_member" ON "check_in" ("member_id", "created_at", "id");
COMMENT ON COLUMN "check_in"."group_id" IS 'The group in whose feed it shows.';
COMMENT ON COLUMN "check_in"."kind" IS 'DAILY: daily\nMAKE_UP: make_up';
COMMENT ON COLUMN "check_in"."day_index" IS 'Which day of its cycle it was, from 1, when it was made.';
COMMENT ON COLUMN "check_in"."streak_days" IS 'The streak that it made.';
CREATE TABLE "check_in_plan_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSONB NOT NULL,
    "replaced_at" TIMESTAMPTZ NOT NULL,
    "plan_id" UUID NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_plan_version_once" UNIQUE ("plan_id", "version")
);
CREATE TABLE "streak" (
    "id" UUID NOT NULL PRIMARY KEY,
    "current_days" INT NOT NULL,
    "longest_days" INT NOT NULL,
    "total_days" INT NOT NULL,
    "cycle_done" INT NOT NULL,
    "run_started_on" DATE,
    "last_day" DATE,
    "cycle_started_on" DATE,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" UUID NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "streak_one_per_plan" UNIQUE ("member_id", "plan_id"),
    CONSTRAINT "streak_counts_fit" CHECK (current_days >= 0 AND longest_days >= current_days AND total_days >= longest_days)
);
CREATE INDEX "idx_streak_plan_id_69c106" ON "streak" ("plan_id");
CREATE TABLE "account" (
    "id" UUID NOT NULL PRIMARY KEY,
    "holder" VARCHAR(10) NOT NULL,
    "holder_id" UUID NOT NULL,
    "currency" VARCHAR(10) NOT NULL,
    "bucket" VARCHAR(10) NOT NULL,
    "balance" BIGINT NOT NULL,
    "earned_total" BIGINT NOT NULL,
    CONSTRAINT "account_one_of_a_kind" UNIQUE ("holder_id", "holder", "currency", "bucket"),
    CONSTRAINT "account_never_negative" CHECK (balance >= 0)
);
COMMENT ON COLUMN "account"."holder" IS 'MEMBER: member\nGROUP: group\nPLATFORM: platform';
COMMENT ON COLUMN "account"."currency" IS 'POINTS: points\nGROWTH: growth';
COMMENT ON COLUMN "account"."bucket" IS 'AVAILABLE: available\nPENDING: pending\nHELD: held\nISSUED: issued\nSPENT: spent\nEXPIRED: expired';
COMMENT ON COLUMN "account"."balance" IS 'Always 0 for the platform''s pools.';
COMMENT ON COLUMN "account"."earned_total" IS 'All that ever came in as a reward, reversals taken off.';
CREATE TABLE "point_entry" (
    "id" UUID NOT NULL PRIMARY KEY,
    "transfer_id" UUID NOT NULL,
    "member_id" UUID,
    "currency" VARCHAR(10) NOT NULL,
    "bucket" VARCHAR(10) NOT NULL,
    "amount" BIGINT NOT NULL,
    "balance_after" BIGINT,
    "reason" VARCHAR(40) NOT NULL,
    "source" VARCHAR(80) NOT NULL,
    "rule_id" UUID,
    "rule_version" INT,
    "note" VARCHAR(200),
    "staff_id" UUID,
    "reversal_of" UUID,
    "available_at" TIMESTAMPTZ,
    "earned_at" TIMESTAMPTZ,
    "posted_at" TIMESTAMPTZ NOT NULL,
    "account_id" UUID NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_entry_once_per_cause" UNIQUE ("account_id", "reason", "source"),
    CONSTRAINT "point_entry_moves_something" CHECK (amount <> 0)
);
CREATE INDEX "point_entry_by_member" ON "point_entry" ("member_id", "currency", "posted_at", "id");
CREATE INDEX "point_entry_by_earned" ON "point_entry" ("member_id", "earned_at");
COMMENT ON COLUMN "point_entry"."member_id" IS 'The holder, where it is a member.';
COMMENT ON COLUMN "point_entry"."currency" IS 'POINTS: points\nGROWTH: growth';
COMMENT ON COLUMN "point_entry"."bucket" IS 'AVAILABLE: available\nPENDING: pending\nHELD: held\nISSUED: issued\nSPENT: spent\nEXPIRED: expired';
COMMENT ON COLUMN "point_entry"."amount" IS 'Above 0 came in, below 0 went out.';
COMMENT ON COLUMN "point_entry"."balance_after" IS 'Absent for the platform''s pools.';
COMMENT ON COLUMN "point_entry"."reversal_of" IS 'The entry that this one takes back.';
COMMENT ON COLUMN "point_entry"."available_at" IS 'When a pending one is released.';
COMMENT ON COLUMN "point_entry"."earned_at" IS 'When it was earned, where it counts as earned; a reversal bears the time of what it reverses.';
CREATE UNIQUE INDEX "point_entry_reversed_once" ON "point_entry" ("reversal_of") WHERE reversal_of IS NOT NULL;
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "point_entry_refuses_change" BEFORE UPDATE OR DELETE ON "point_entry" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "point_entry_refuses_truncate" BEFORE TRUNCATE ON "point_entry" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "check_in_void" (
    "id" UUID NOT NULL PRIMARY KEY,
    "staff_id" UUID NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "check_in_id" UUID NOT NULL REFERENCES "check_in" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_void_once" UNIQUE ("check_in_id")
);
CREATE TABLE "announcement" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "body" VARCHAR(2000) NOT NULL,
    "is_pinned" BOOL NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "published_at" TIMESTAMPTZ NOT NULL,
    "withdrawn_at" TIMESTAMPTZ,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT
);
CREATE INDEX "announcement_by_group" ON "announcement" ("group_id", "is_pinned", "published_at", "id");
COMMENT ON COLUMN "announcement"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE TABLE "group_block" (
    "id" UUID NOT NULL PRIMARY KEY,
    "reason" VARCHAR(200) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_block_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_group_block_member__b1b7ea" ON "group_block" ("member_id");
CREATE INDEX "group_block_by_group" ON "group_block" ("group_id", "created_at", "id");
COMMENT ON COLUMN "group_block"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE TABLE "membership_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL,
    "scene" VARCHAR(20) NOT NULL,
    "role" VARCHAR(10) NOT NULL,
    "role_before" VARCHAR(10),
    "reason" VARCHAR(200),
    "muted_until" TIMESTAMPTZ,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "happened_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "membership_change_by_group" ON "membership_change" ("group_id", "happened_at", "id");
CREATE INDEX "membership_change_by_member" ON "membership_change" ("member_id", "group_id", "happened_at");
COMMENT ON COLUMN "membership_change"."kind" IS 'JOINED: joined\nLEFT: left\nKICKED: kicked\nBLOCK_LIFTED: block_lifted\nMUTED: muted\nUNMUTED: unmuted\nROLE_CHANGED: role_changed';
COMMENT ON COLUMN "membership_change"."scene" IS 'FREE: free\nAPPROVAL: approval\nINVITATION: invitation\nWAITING_LIST: waiting_list\nSTAFF: staff\nSELF: self\nREMOVED: removed\nACCOUNT_CLOSED: account_closed\nHANDED_OVER: handed_over\nAPPOINTED: appointed\nMODERATED: moderated';
COMMENT ON COLUMN "membership_change"."role" IS 'After it, or on leaving.';
COMMENT ON COLUMN "membership_change"."role_before" IS 'OWNER: owner\nADMIN: admin\nGUIDE: guide\nCOMMITTEE: committee\nMEMBER: member';
COMMENT ON COLUMN "membership_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "membership_change_refuses_change" BEFORE DELETE ON "membership_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "membership_change_refuses_rewriting" BEFORE UPDATE ON "membership_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('reason', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "membership_change_refuses_truncate" BEFORE TRUNCATE ON "membership_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "group_invitation" (
    "id" UUID NOT NULL PRIMARY KEY,
    "code" VARCHAR(16) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "uses" INT NOT NULL,
    "uses_most" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_invitation_code_once" UNIQUE ("code"),
    CONSTRAINT "group_invitation_within_uses" CHECK (uses BETWEEN 0 AND uses_most)
);
CREATE INDEX "group_invitation_by_group" ON "group_invitation" ("group_id", "created_at", "id");
COMMENT ON COLUMN "group_invitation"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE TABLE "membership" (
    "id" UUID NOT NULL PRIMARY KEY,
    "role" VARCHAR(10) NOT NULL,
    "nickname" VARCHAR(40),
    "nickname_key" VARCHAR(80),
    "muted_until" TIMESTAMPTZ,
    "joined_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "membership_once" UNIQUE ("group_id", "member_id"),
    CONSTRAINT "membership_nickname_once" UNIQUE ("group_id", "nickname_key")
);
CREATE INDEX "membership_by_joined" ON "membership" ("group_id", "joined_at", "id");
CREATE INDEX "membership_by_member" ON "membership" ("member_id", "joined_at", "id");
COMMENT ON COLUMN "membership"."role" IS 'OWNER: owner\nADMIN: admin\nGUIDE: guide\nCOMMITTEE: committee\nMEMBER: member';
COMMENT ON COLUMN "membership"."nickname_key" IS 'Set where nicknames are unique.';
CREATE UNIQUE INDEX "membership_one_owner" ON "membership" ("group_id") WHERE role = 'owner';
CREATE TABLE "join_request" (
    "id" UUID NOT NULL PRIMARY KEY,
    "message" VARCHAR(200),
    "status" VARCHAR(10) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "decided_at" TIMESTAMPTZ,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10),
    "by_id" UUID,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "join_request_by_group" ON "join_request" ("group_id", "created_at", "id");
CREATE INDEX "join_request_by_member" ON "join_request" ("member_id", "group_id", "created_at");
CREATE INDEX "join_request_by_expiry" ON "join_request" ("status", "expires_at");
COMMENT ON COLUMN "join_request"."status" IS 'PENDING: pending\nAPPROVED: approved\nDECLINED: declined\nWITHDRAWN: withdrawn\nEXPIRED: expired';
COMMENT ON COLUMN "join_request"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE UNIQUE INDEX "join_request_one_pending" ON "join_request" ("group_id", "member_id") WHERE status = 'pending';
CREATE TABLE "waitlist_entry" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "waitlist_entry_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_waitlist_en_member__1aa83f" ON "waitlist_entry" ("member_id");
CREATE INDEX "waitlist_entry_in_order" ON "waitlist_entry" ("group_id", "created_at", "id");
CREATE TABLE "group_rules" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "body" VARCHAR(5000) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "published_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_rules_version_once" UNIQUE ("group_id", "version")
);
COMMENT ON COLUMN "group_rules"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE TABLE "group_rules_acceptance" (
    "id" UUID NOT NULL PRIMARY KEY,
    "accepted_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "rules_id" UUID NOT NULL REFERENCES "group_rules" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_rules_accepted_once" UNIQUE ("rules_id", "member_id")
);
CREATE INDEX "idx_group_rules_member__28bef6" ON "group_rules_acceptance" ("member_id");
CREATE TABLE "idempotency_key" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal" VARCHAR(60) NOT NULL,
    "operation" VARCHAR(60) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "input_hash" VARCHAR(64) NOT NULL,
    "result_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "idempotency_key_once" UNIQUE ("principal", "operation", "key")
);
CREATE INDEX "idempotency_key_by_age" ON "idempotency_key" ("created_at");
CREATE TABLE "board_freeze" (
    "id" UUID NOT NULL PRIMARY KEY,
    "metric" VARCHAR(20) NOT NULL,
    "window" VARCHAR(10) NOT NULL,
    "period" VARCHAR(10) NOT NULL,
    "entry_count" INT NOT NULL,
    "frozen_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "board_freeze_once" UNIQUE ("metric", "window", "period")
);
COMMENT ON COLUMN "board_freeze"."metric" IS 'POINTS: points\nCHECK_INS: check_ins\nSTREAK: streak\nINVITES: invites';
COMMENT ON COLUMN "board_freeze"."window" IS 'DAY: day\nWEEK: week\nMONTH: month\nALL: all';
COMMENT ON TABLE "board_freeze" IS 'That the boards of a metric were frozen for a period, also where nobody stood on them.';
CREATE TABLE "board_result" (
    "id" UUID NOT NULL PRIMARY KEY,
    "metric" VARCHAR(20) NOT NULL,
    "scope" VARCHAR(10) NOT NULL,
    "scope_id" UUID NOT NULL,
    "window" VARCHAR(10) NOT NULL,
    "period" VARCHAR(10) NOT NULL,
    "rank" INT NOT NULL,
    "score" BIGINT NOT NULL,
    "reached_at" TIMESTAMPTZ NOT NULL,
    "frozen_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "board_result_one_per_rank" UNIQUE ("metric", "scope", "scope_id", "window", "period", "rank"),
    CONSTRAINT "board_result_one_per_member" UNIQUE ("member_id", "metric", "scope", "scope_id", "window", "period"),
    CONSTRAINT "board_result_shows_something" CHECK (rank >= 1 AND score >= 1)
);
COMMENT ON COLUMN "board_result"."metric" IS 'POINTS: points\nCHECK_INS: check_ins\nSTREAK: streak\nINVITES: invites';
COMMENT ON COLUMN "board_result"."scope" IS 'GLOBAL: global\nCIRCLE: circle\nGROUP: group';
COMMENT ON COLUMN "board_result"."scope_id" IS 'The circle or group; all zeros for everybody.';
COMMENT ON COLUMN "board_result"."window" IS 'DAY: day\nWEEK: week\nMONTH: month\nALL: all';
COMMENT ON COLUMN "board_result"."period" IS '2026-11-23, 2026-W48 or 2026-11.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "board_result_refuses_change" BEFORE UPDATE OR DELETE ON "board_result" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "board_result_refuses_truncate" BEFORE TRUNCATE ON "board_result" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "job_lease" (
    "name" VARCHAR(60) NOT NULL PRIMARY KEY,
    "holder" UUID NOT NULL,
    "until" TIMESTAMPTZ NOT NULL
);
CREATE TABLE "consent" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "version" INT NOT NULL,
    "act" VARCHAR(10) NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "consent_by_member" ON "consent" ("member_id", "kind", "at", "id");
COMMENT ON COLUMN "consent"."kind" IS 'TERMS: terms\nPRIVACY: privacy\nMARKETING: marketing';
COMMENT ON COLUMN "consent"."act" IS 'GIVEN: given\nWITHDRAWN: withdrawn';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "consent_refuses_change" BEFORE UPDATE OR DELETE ON "consent" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "consent_refuses_truncate" BEFORE TRUNCATE ON "consent" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "consent_document" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "version" INT NOT NULL,
    "title" VARCHAR(80) NOT NULL,
    "url" VARCHAR(500) NOT NULL,
    "is_required" BOOL NOT NULL,
    "published_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "consent_document_version_once" UNIQUE ("kind", "version")
);
COMMENT ON COLUMN "consent_document"."kind" IS 'TERMS: terms\nPRIVACY: privacy\nMARKETING: marketing';
COMMENT ON COLUMN "consent_document"."is_required" IS 'Whether the mini-program asks before it goes on.';
CREATE TABLE "former_identity" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "issuer" VARCHAR(80) NOT NULL,
    "value_hash" VARCHAR(64) NOT NULL,
    "closed_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "former_identity_once" UNIQUE ("kind", "issuer", "value_hash")
);
COMMENT ON COLUMN "former_identity"."kind" IS 'OPENID: openid\nUNIONID: unionid\nPHONE: phone\nPARTNER: partner';
CREATE TABLE "identity" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "issuer" VARCHAR(80) NOT NULL,
    "value_hash" VARCHAR(64) NOT NULL,
    "value" VARCHAR(190),
    "sealed_phone" VARCHAR(200),
    "masked_phone" VARCHAR(20),
    "sealed_session_key" VARCHAR(400),
    "verified_at" TIMESTAMPTZ,
    "first_seen_at" TIMESTAMPTZ NOT NULL,
    "last_seen_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "identity_of_one_member" UNIQUE ("kind", "issuer", "value_hash")
);
CREATE INDEX "identity_by_member" ON "identity" ("member_id", "kind");
COMMENT ON COLUMN "identity"."kind" IS 'OPENID: openid\nUNIONID: unionid\nPHONE: phone\nPARTNER: partner';
COMMENT ON COLUMN "identity"."value" IS 'Absent for a phone.';
CREATE UNIQUE INDEX "identity_one_phone" ON "identity" ("member_id") WHERE kind = 'phone';
CREATE TABLE "introduction" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_latest" BOOL NOT NULL,
    "name" VARCHAR(40),
    "age" VARCHAR(20),
    "likes" VARCHAR(100),
    "good_at" VARCHAR(100),
    "hopes" VARCHAR(100),
    "published_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_version_once" UNIQUE ("member_id", "version"),
    CONSTRAINT "introduction_versions_from_one" CHECK (version > 0)
);
CREATE UNIQUE INDEX "introduction_one_latest" ON "introduction" ("member_id") WHERE is_latest;
CREATE TABLE "introduction_draft" (
    "id" UUID NOT NULL PRIMARY KEY,
    "invite_code" VARCHAR(12) NOT NULL,
    "name" VARCHAR(40),
    "age" VARCHAR(20),
    "likes" VARCHAR(100),
    "good_at" VARCHAR(100),
    "hopes" VARCHAR(100),
    "drafted_at" TIMESTAMPTZ NOT NULL,
    "claimed_at" TIMESTAMPTZ,
    "invitee_id" UUID REFERENCES "member" ("id") ON DELETE RESTRICT,
    "inviter_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_draft_code" UNIQUE ("invite_code")
);
CREATE INDEX "idx_introductio_invitee_6d4583" ON "introduction_draft" ("invitee_id");
CREATE INDEX "introduction_draft_by_inviter" ON "introduction_draft" ("inviter_id", "drafted_at", "id");
CREATE TABLE "session" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "subject_id" UUID NOT NULL,
    "access_hash" VARCHAR(64) NOT NULL UNIQUE,
    "access_expires_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ
);
CREATE INDEX "session_by_subject" ON "session" ("subject_id", "kind");
COMMENT ON COLUMN "session"."kind" IS 'MEMBER: member\nSTAFF: staff';
CREATE TABLE "refresh_token" (
    "id" UUID NOT NULL PRIMARY KEY,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ,
    "session_id" UUID NOT NULL REFERENCES "session" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_refresh_tok_session_e0eedc" ON "refresh_token" ("session_id");
CREATE TABLE "member_status_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "status_before" VARCHAR(10) NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "until" TIMESTAMPTZ,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "member_status_change_by_member" ON "member_status_change" ("member_id", "changed_at", "id");
COMMENT ON COLUMN "member_status_change"."status_before" IS 'NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased';
COMMENT ON COLUMN "member_status_change"."status" IS 'NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased';
COMMENT ON COLUMN "member_status_change"."until" IS 'When a mute ends by itself.';
COMMENT ON COLUMN "member_status_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nSYSTEM: system';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "member_status_change_refuses_change" BEFORE UPDATE OR DELETE ON "member_status_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "member_status_change_refuses_truncate" BEFORE TRUNCATE ON "member_status_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "wish" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "text" VARCHAR(500) NOT NULL,
    "shared_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "wish_by_time" ON "wish" ("shared_at", "id");
CREATE INDEX "wish_by_member" ON "wish" ("member_id", "shared_at", "id");
COMMENT ON COLUMN "wish"."kind" IS 'EXPECTATION: expectation\nSUGGESTION: suggestion';
CREATE TABLE "point_adjustment" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "currency" VARCHAR(10) NOT NULL,
    "amount" BIGINT NOT NULL,
    "entry_id" UUID,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_adjustment_moves_something" CHECK (amount > 0)
);
CREATE INDEX "point_adjustment_by_member" ON "point_adjustment" ("member_id", "created_at", "id");
COMMENT ON COLUMN "point_adjustment"."kind" IS 'GRANT: grant\nDEDUCT: deduct\nREVERSE: reverse';
COMMENT ON COLUMN "point_adjustment"."currency" IS 'POINTS: points\nGROWTH: growth';
COMMENT ON COLUMN "point_adjustment"."entry_id" IS 'The line that was taken back.';
CREATE UNIQUE INDEX "point_adjustment_one_reversal" ON "point_adjustment" ("entry_id") WHERE entry_id IS NOT NULL;
CREATE TABLE "earn_rule" (
    "id" UUID NOT NULL PRIMARY KEY,
    "behaviour" VARCHAR(40) NOT NULL,
    "version" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "is_paused" BOOL NOT NULL,
    "amount" BIGINT NOT NULL,
    "growth" BIGINT NOT NULL,
    "day_most" INT,
    "week_most" INT,
    "month_most" INT,
    "lifetime_most" INT,
    "cooldown_minutes" INT NOT NULL,
    "starts_at" TIMESTAMPTZ,
    "ends_at" TIMESTAMPTZ,
    "release_days" INT,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "earn_rule_version_once" UNIQUE ("behaviour", "version"),
    CONSTRAINT "earn_rule_pays" CHECK (amount >= 0 AND growth >= 0 AND amount + growth > 0)
);
COMMENT ON COLUMN "earn_rule"."behaviour" IS 'PROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed';
COMMENT ON COLUMN "earn_rule"."is_active" IS 'Whether it is the version that pays.';
COMMENT ON COLUMN "earn_rule"."is_paused" IS 'Whether the behaviour pays nothing at present.';
COMMENT ON COLUMN "earn_rule"."release_days" IS 'Days that its points wait; None: none.';
CREATE UNIQUE INDEX "earn_rule_one_active" ON "earn_rule" ("behaviour") WHERE is_active;
CREATE TABLE "earning" (
    "id" UUID NOT NULL PRIMARY KEY,
    "behaviour" VARCHAR(40) NOT NULL,
    "source" VARCHAR(80) NOT NULL,
    "amount" BIGINT NOT NULL,
    "growth" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "release_at" TIMESTAMPTZ,
    "released_at" TIMESTAMPTZ,
    "reversed_at" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "rule_id" UUID NOT NULL REFERENCES "earn_rule" ("id") ON DELETE RESTRICT,
    CONSTRAINT "earning_once_per_cause" UNIQUE ("member_id", "behaviour", "source")
);
CREATE INDEX "idx_earning_rule_id_736fdc" ON "earning" ("rule_id");
CREATE INDEX "earning_by_member" ON "earning" ("member_id", "behaviour", "created_at");
CREATE INDEX "earning_by_release" ON "earning" ("released_at", "release_at");
COMMENT ON COLUMN "earning"."behaviour" IS 'PROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed';
COMMENT ON COLUMN "earning"."source" IS 'The cause, such as `referral:<id>`.';
CREATE TABLE "level" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "threshold" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "level_position_once" UNIQUE ("position"),
    CONSTRAINT "level_threshold_once" UNIQUE ("threshold"),
    CONSTRAINT "level_threshold_from_zero" CHECK (threshold >= 0)
);
COMMENT ON COLUMN "level"."position" IS 'From 1, by threshold.';
COMMENT ON COLUMN "level"."threshold" IS 'Growth from which one has the level.';
CREATE TABLE "daily_brief" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "body" VARCHAR(5000) NOT NULL,
    "published_at" TIMESTAMPTZ NOT NULL,
    "circle_id" UUID NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "daily_brief_once_a_day" UNIQUE ("circle_id", "day")
);
CREATE TABLE "referral" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "invitee_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "inviter_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_one_inviter" UNIQUE ("invitee_id"),
    CONSTRAINT "referral_of_another" CHECK (inviter_id <> invitee_id)
);
CREATE INDEX "referral_by_inviter" ON "referral" ("inviter_id", "created_at", "id");
CREATE TABLE "api_key" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "prefix" VARCHAR(20) NOT NULL,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" JSONB NOT NULL,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "revoked_at" TIMESTAMPTZ
);
CREATE INDEX "api_key_by_created" ON "api_key" ("created_at", "id");
COMMENT ON COLUMN "api_key"."name" IS 'Whose it is and what for.';
COMMENT ON COLUMN "api_key"."prefix" IS 'How it begins, to tell keys apart.';
CREATE TABLE "staff_role" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "title" VARCHAR(40) NOT NULL,
    "permissions" JSONB NOT NULL,
    "is_built_in" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "staff_role_name_once" UNIQUE ("name")
);
CREATE TABLE "staff" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "display_name" VARCHAR(40) NOT NULL,
    "password_hash" VARCHAR(200) NOT NULL,
    "scope" VARCHAR(10) NOT NULL,
    "region" VARCHAR(40),
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_login_at" TIMESTAMPTZ,
    "role_id" UUID NOT NULL REFERENCES "staff_role" ("id") ON DELETE RESTRICT,
    CONSTRAINT "staff_name_once" UNIQUE ("name"),
    CONSTRAINT "staff_region_is_named" CHECK (scope <> 'region' OR region IS NOT NULL)
);
CREATE INDEX "idx_staff_role_id_c769a2" ON "staff" ("role_id");
CREATE INDEX "staff_by_created" ON "staff" ("created_at", "id");
COMMENT ON COLUMN "staff"."scope" IS 'ALL: all\nREGION: region\nOWN_GROUPS: own_groups';
COMMENT ON COLUMN "staff"."region" IS 'The region of groups that its scope names.';

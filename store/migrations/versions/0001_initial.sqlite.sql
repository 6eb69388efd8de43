CREATE TABLE "outbox" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "topic" VARCHAR(40) NOT NULL,
    "payload" JSON NOT NULL,
    "attempts" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "due_at" TIMESTAMP NOT NULL
);
CREATE INDEX "outbox_by_due" ON "outbox" ("due_at", "id");
CREATE TABLE "attempts" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "subject" VARCHAR(64) NOT NULL UNIQUE,
    "count" INT NOT NULL,
    "ends_at" TIMESTAMP NOT NULL /* When the counting begins anew. */
);
CREATE INDEX "attempts_by_end" ON "attempts" ("ends_at");
CREATE TABLE "audit_row" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "actor" VARCHAR(10) NOT NULL /* STAFF: staff\nPARTNER: partner */,
    "actor_id" CHAR(36) NOT NULL,
    "action" VARCHAR(60) NOT NULL /* The sentence of the act, such as `void_check_in`. */,
    "subject_type" VARCHAR(40) NOT NULL /* The name of the record that was changed. */,
    "subject_id" CHAR(36) NOT NULL,
    "before" JSON,
    "after" JSON,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "audit_row_by_time" ON "audit_row" ("created_at", "id");
CREATE INDEX "audit_row_by_subject" ON "audit_row" ("subject_id", "created_at", "id");
CREATE INDEX "audit_row_by_actor" ON "audit_row" ("actor_id", "created_at", "id");
CREATE TRIGGER IF NOT EXISTS "audit_row_refuses_update" BEFORE UPDATE ON "audit_row"
BEGIN
    SELECT RAISE(ABORT, 'audit_row is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "audit_row_refuses_delete" BEFORE DELETE ON "audit_row"
BEGIN
    SELECT RAISE(ABORT, 'audit_row is append-only');
END;
CREATE TABLE "member" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "nickname" VARCHAR(40) NOT NULL,
    "avatar_url" VARCHAR(500),
    "real_name" VARCHAR(40),
    "gender" VARCHAR(10) /* MALE: male\nFEMALE: female\nOTHER: other */,
    "birthday" DATE,
    "region" VARCHAR(80),
    "occupation" VARCHAR(80),
    "interests" JSON NOT NULL,
    "status" VARCHAR(10) NOT NULL /* NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased */,
    "muted_until" TIMESTAMP,
    "invite_code" VARCHAR(12) NOT NULL,
    "is_returning" INT NOT NULL /* Closed an account before, so what newcomers get is refused. */,
    "is_hidden_from_boards" INT NOT NULL,
    "is_staff" INT NOT NULL /* Works for the brand, so stays off the boards. */,
    "version" BIGINT NOT NULL,
    "last_active_at" TIMESTAMP,
    "joined_at" TIMESTAMP NOT NULL,
    CONSTRAINT "member_invite_code" UNIQUE ("invite_code")
);
CREATE INDEX "member_by_joined" ON "member" ("joined_at", "id");
CREATE TABLE "circle" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "slug" VARCHAR(40) NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "summary" VARCHAR(300),
    "is_official" INT NOT NULL,
    "position" SMALLINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "circle_slug_once" UNIQUE ("slug")
);
CREATE UNIQUE INDEX "circle_one_official" ON "circle" ("is_official") WHERE is_official;
CREATE TABLE "chat_group" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "number" INT NOT NULL /* Counts the groups of one name in a circle. */,
    "summary" VARCHAR(300),
    "region" VARCHAR(40),
    "area" VARCHAR(40) /* A part of the region. */,
    "manager_staff_id" CHAR(36) /* The staff member who answers for it. */,
    "status" VARCHAR(10) NOT NULL /* ACTIVE: active\nARCHIVED: archived */,
    "join_mode" VARCHAR(10) NOT NULL /* FREE: free\nAPPROVAL: approval\nINVITATION: invitation\nCLOSED: closed */,
    "member_cap" INT NOT NULL,
    "member_count" INT NOT NULL,
    "waiting_count" INT NOT NULL,
    "opens_next" INT NOT NULL /* A full group sends on to the next of its series. */,
    "members_may_invite" INT NOT NULL,
    "nicknames_unique" INT NOT NULL /* Holds for nicknames that are set from then on. */,
    "admin_seats_least" SMALLINT NOT NULL /* Fewer admins are warned of, not refused. */,
    "admin_seats_most" SMALLINT NOT NULL,
    "guide_seats_most" SMALLINT NOT NULL,
    "committee_seats_most" SMALLINT NOT NULL,
    "pins_most" SMALLINT NOT NULL,
    "reapply_after_hours" INT NOT NULL /* How long after a refusal one may apply again. */,
    "created_at" TIMESTAMP NOT NULL,
    "archived_at" TIMESTAMP,
    "circle_id" CHAR(36) NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_number_once" UNIQUE ("circle_id", "name", "number"),
    CONSTRAINT "group_within_cap" CHECK (member_count BETWEEN 0 AND member_cap),
    CONSTRAINT "group_waiting_never_negative" CHECK (waiting_count >= 0),
    CONSTRAINT "group_admin_seats_fit" CHECK (admin_seats_least <= admin_seats_most)
);
CREATE INDEX "group_by_created" ON "chat_group" ("created_at", "id");
CREATE INDEX "group_by_manager" ON "chat_group" ("manager_staff_id");
CREATE TABLE "check_in_plan" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "scope" VARCHAR(10) NOT NULL /* ALL: all\nCIRCLE: circle\nGROUP: group */,
    "is_default" INT NOT NULL /* Used where a caller names no plan. */,
    "is_active" INT NOT NULL,
    "version" INT NOT NULL,
    "starts_on" DATE,
    "ends_on" DATE /* The last day, included. */,
    "zone" VARCHAR(40) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "opens_minute" SMALLINT NOT NULL /* Minutes after the day's start. */,
    "closes_minute" SMALLINT NOT NULL /* Minutes after the day's start. */,
    "cycle" VARCHAR(10) NOT NULL /* ROLLING: rolling\nISO_WEEK: iso_week\nMONTH: month */,
    "cycle_days" SMALLINT NOT NULL /* Length of a rolling cycle. */,
    "base_points" INT NOT NULL,
    "base_growth" INT NOT NULL,
    "finish_bonus" INT NOT NULL,
    "ladder_mode" VARCHAR(10) NOT NULL /* ADD: add\nREPLACE: replace */,
    "consecutive_ladder" JSON NOT NULL,
    "cumulative_ladder" JSON NOT NULL,
    "content_rule" VARCHAR(10) NOT NULL /* OPTIONAL: optional\nREQUIRED: required */,
    "content_least" SMALLINT NOT NULL /* Least characters where words are required. */,
    "grace_days" SMALLINT NOT NULL /* Missed days in a row that break no streak. */,
    "make_up_price" INT /* Points for a card; absent: not sold. */,
    "make_up_held_most" SMALLINT NOT NULL,
    "make_up_per_cycle" SMALLINT NOT NULL,
    "make_up_look_back_days" SMALLINT NOT NULL,
    "make_up_pays_percent" SMALLINT NOT NULL,
    "make_up_restores_streak" INT NOT NULL,
    "freeze_price" INT /* Points for a freeze; absent: not sold. */,
    "freeze_held_most" SMALLINT NOT NULL,
    "freeze_gap_most" SMALLINT NOT NULL /* Most missed days in a row that freezes cover. */,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_plan_never_takes" CHECK (base_points >= 0 AND base_growth >= 0 AND finish_bonus >= 0),
    CONSTRAINT "check_in_plan_has_a_window" CHECK (day_start_hour BETWEEN 0 AND 23 AND opens_minute >= 0 AND closes_minute <= 1440 AND opens_minute < closes_minute),
    CONSTRAINT "check_in_plan_cycle_length" CHECK (cycle_days BETWEEN 2 AND 366),
    CONSTRAINT "check_in_plan_make_up_percent" CHECK (make_up_pays_percent BETWEEN 0 AND 100)
);
CREATE INDEX "idx_check_in_pl_circle__067656" ON "check_in_plan" ("circle_id");
CREATE INDEX "idx_check_in_pl_group_i_7a787d" ON "check_in_plan" ("group_id");
CREATE INDEX "check_in_plan_default" ON "check_in_plan" ("is_default");
CREATE TABLE "check_in_card" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* MAKE_UP: make_up\nFREEZE: freeze */,
    "source" VARCHAR(10) NOT NULL /* BOUGHT: bought\nEARNED: earned\nGRANTED: granted */,
    "acquired_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "used_at" TIMESTAMP,
    "used_for" DATE /* The business day that it mended or protected. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" CHAR(36) NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_check_in_ca_plan_id_7b533f" ON "check_in_card" ("plan_id");
CREATE INDEX "check_in_card_by_member" ON "check_in_card" ("member_id", "plan_id", "kind", "used_for");
CREATE INDEX "check_in_card_by_acquired" ON "check_in_card" ("member_id", "acquired_at", "id");
CREATE TABLE "check_in" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "plan_version" INT NOT NULL,
    "group_id" CHAR(36) /* The group in whose feed it shows. */,
    "business_day" DATE NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* DAILY: daily\nMAKE_UP: make_up */,
    "content" VARCHAR(500),
    "photo_url" VARCHAR(500),
    "day_index" INT NOT NULL /* Which day of its cycle it was, from 1, when it was made. */,
    "streak_days" INT NOT NULL /* The streak that it made. */,
    "points_paid" INT NOT NULL,
    "voided_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" CHAR(36) NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_once_a_day" UNIQUE ("member_id", "plan_id", "business_day"),
    CONSTRAINT "check_in_never_takes" CHECK (points_paid >= 0)
);
CREATE INDEX "idx_check_in_plan_id_4453ef" ON "check_in" ("plan_id");
CREATE INDEX "check_in_by_group" ON "check_in" ("group_id", "created_at", "id");
CREATE INDEX "check_in_by_member" ON "check_in" ("member_id", "created_at", "id");
CREATE TABLE "check_in_plan_version" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSON NOT NULL,
    "replaced_at" TIMESTAMP NOT NULL,
    "plan_id" CHAR(36) NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_plan_version_once" UNIQUE ("plan_id", "version")
);
CREATE TABLE "streak" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "current_days" INT NOT NULL,
    "longest_days" INT NOT NULL,
    "total_days" INT NOT NULL,
    "cycle_done" INT NOT NULL,
    "run_started_on" DATE,
    "last_day" DATE,
    "cycle_started_on" DATE,
    "updated_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "plan_id" CHAR(36) NOT NULL REFERENCES "check_in_plan" ("id") ON DELETE RESTRICT,
    CONSTRAINT "streak_one_per_plan" UNIQUE ("member_id", "plan_id"),
    CONSTRAINT "streak_counts_fit" CHECK (current_days >= 0 AND longest_days >= current_days AND total_days >= longest_days)
);
CREATE INDEX "idx_streak_plan_id_69c106" ON "streak" ("plan_id");
CREATE TABLE "account" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "holder" VARCHAR(10) NOT NULL /* MEMBER: member\nGROUP: group\nPLATFORM: platform */,
    "holder_id" CHAR(36) NOT NULL,
    "currency" VARCHAR(10) NOT NULL /* POINTS: points\nGROWTH: growth */,
    "bucket" VARCHAR(10) NOT NULL /* AVAILABLE: available\nPENDING: pending\nHELD: held\nISSUED: issued\nSPENT: spent\nEXPIRED: expired */,
    "balance" BIGINT NOT NULL /* Always 0 for the platform's pools. */,
    "earned_total" BIGINT NOT NULL /* All that ever came in as a reward, reversals taken off. */,
    CONSTRAINT "account_one_of_a_kind" UNIQUE ("holder_id", "holder", "currency", "bucket"),
    CONSTRAINT "account_never_negative" CHECK (balance >= 0)
);
CREATE TABLE "point_entry" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "transfer_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) /* The holder, where it is a member. */,
    "currency" VARCHAR(10) NOT NULL /* POINTS: points\nGROWTH: growth */,
    "bucket" VARCHAR(10) NOT NULL /* AVAILABLE: available\nPENDING: pending\nHELD: held\nISSUED: issued\nSPENT: spent\nEXPIRED: expired */,
    "amount" BIGINT NOT NULL /* Above 0 came in, below 0 went out. */,
    "balance_after" BIGINT /* Absent for the platform's pools. */,
    "reason" VARCHAR(40) NOT NULL,
    "source" VARCHAR(80) NOT NULL,
    "rule_id" CHAR(36),
    "rule_version" INT,
    "note" VARCHAR(200),
    "staff_id" CHAR(36),
    "reversal_of" CHAR(36) /* The entry that this one takes back. */,
    "available_at" TIMESTAMP /* When a pending one is released. */,
    "earned_at" TIMESTAMP /* When it was earned, where it counts as earned; a reversal bears the time of what it reverses. */,
    "posted_at" TIMESTAMP NOT NULL,
    "account_id" CHAR(36) NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_entry_once_per_cause" UNIQUE ("account_id", "reason", "source"),
    CONSTRAINT "point_entry_moves_something" CHECK (amount <> 0)
);
CREATE INDEX "point_entry_by_member" ON "point_entry" ("member_id", "currency", "posted_at", "id");
CREATE INDEX "point_entry_by_earned" ON "point_entry" ("member_id", "earned_at");
CREATE UNIQUE INDEX "point_entry_reversed_once" ON "point_entry" ("reversal_of") WHERE reversal_of IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS "point_entry_refuses_update" BEFORE UPDATE ON "point_entry"
BEGIN
    SELECT RAISE(ABORT, 'point_entry is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "point_entry_refuses_delete" BEFORE DELETE ON "point_entry"
BEGIN
    SELECT RAISE(ABORT, 'point_entry is append-only');
END;
CREATE TABLE "check_in_void" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "staff_id" CHAR(36) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "check_in_id" CHAR(36) NOT NULL REFERENCES "check_in" ("id") ON DELETE RESTRICT,
    CONSTRAINT "check_in_void_once" UNIQUE ("check_in_id")
);
CREATE TABLE "announcement" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "body" VARCHAR(2000) NOT NULL,
    "is_pinned" INT NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "published_at" TIMESTAMP NOT NULL,
    "withdrawn_at" TIMESTAMP,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT
);
CREATE INDEX "announcement_by_group" ON "announcement" ("group_id", "is_pinned", "published_at", "id");
CREATE TABLE "group_block" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "reason" VARCHAR(200) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_block_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_group_block_member__b1b7ea" ON "group_block" ("member_id");
CREATE INDEX "group_block_by_group" ON "group_block" ("group_id", "created_at", "id");
CREATE TABLE "membership_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL /* JOINED: joined\nLEFT: left\nKICKED: kicked\nBLOCK_LIFTED: block_lifted\nMUTED: muted\nUNMUTED: unmuted\nROLE_CHANGED: role_changed */,
    "scene" VARCHAR(20) NOT NULL /* FREE: free\nAPPROVAL: approval\nINVITATION: invitation\nWAITING_LIST: waiting_list\nSTAFF: staff\nSELF: self\nREMOVED: removed\nACCOUNT_CLOSED: account_closed\nHANDED_OVER: handed_over\nAPPOINTED: appointed\nMODERATED: moderated */,
    "role" VARCHAR(10) NOT NULL /* After it, or on leaving. */,
    "role_before" VARCHAR(10) /* OWNER: owner\nADMIN: admin\nGUIDE: guide\nCOMMITTEE: committee\nMEMBER: member */,
    "reason" VARCHAR(200),
    "muted_until" TIMESTAMP,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "happened_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "membership_change_by_group" ON "membership_change" ("group_id", "happened_at", "id");
CREATE INDEX "membership_change_by_member" ON "membership_change" ("member_id", "group_id", "happened_at");
CREATE TRIGGER IF NOT EXISTS "membership_change_refuses_update" BEFORE UPDATE OF "id", "kind", "scene", "role", "role_before", "muted_until", "by_kind", "by_id", "happened_at", "group_id", "member_id" ON "membership_change"
BEGIN
    SELECT RAISE(ABORT, 'membership_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "membership_change_refuses_rewriting" BEFORE UPDATE ON "membership_change" WHEN NEW."reason" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'membership_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "membership_change_refuses_delete" BEFORE DELETE ON "membership_change"
BEGIN
    SELECT RAISE(ABORT, 'membership_change is append-only');
END;
CREATE TABLE "group_invitation" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "code" VARCHAR(16) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "uses" INT NOT NULL,
    "uses_most" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_invitation_code_once" UNIQUE ("code"),
    CONSTRAINT "group_invitation_within_uses" CHECK (uses BETWEEN 0 AND uses_most)
);
CREATE INDEX "group_invitation_by_group" ON "group_invitation" ("group_id", "created_at", "id");
CREATE TABLE "membership" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "role" VARCHAR(10) NOT NULL /* OWNER: owner\nADMIN: admin\nGUIDE: guide\nCOMMITTEE: committee\nMEMBER: member */,
    "nickname" VARCHAR(40),
    "nickname_key" VARCHAR(80) /* Set where nicknames are unique. */,
    "muted_until" TIMESTAMP,
    "joined_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "membership_once" UNIQUE ("group_id", "member_id"),
    CONSTRAINT "membership_nickname_once" UNIQUE ("group_id", "nickname_key")
);
CREATE INDEX "membership_by_joined" ON "membership" ("group_id", "joined_at", "id");
CREATE INDEX "membership_by_member" ON "membership" ("member_id", "joined_at", "id");
CREATE UNIQUE INDEX "membership_one_owner" ON "membership" ("group_id") WHERE role = 'owner';
CREATE TABLE "join_request" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "message" VARCHAR(200),
    "status" VARCHAR(10) NOT NULL /* PENDING: pending\nAPPROVED: approved\nDECLINED: declined\nWITHDRAWN: withdrawn\nEXPIRED: expired */,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "join_request_by_group" ON "join_request" ("group_id", "created_at", "id");
CREATE INDEX "join_request_by_member" ON "join_request" ("member_id", "group_id", "created_at");
CREATE INDEX "join_request_by_expiry" ON "join_request" ("status", "expires_at");
CREATE UNIQUE INDEX "join_request_one_pending" ON "join_request" ("group_id", "member_id") WHERE status = 'pending';
CREATE TABLE "waitlist_entry" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "waitlist_entry_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_waitlist_en_member__1aa83f" ON "waitlist_entry" ("member_id");
CREATE INDEX "waitlist_entry_in_order" ON "waitlist_entry" ("group_id", "created_at", "id");
CREATE TABLE "group_rules" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "body" VARCHAR(5000) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "published_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_rules_version_once" UNIQUE ("group_id", "version")
);
CREATE TABLE "group_rules_acceptance" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "accepted_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "rules_id" CHAR(36) NOT NULL REFERENCES "group_rules" ("id") ON DELETE RESTRICT,
    CONSTRAINT "group_rules_accepted_once" UNIQUE ("rules_id", "member_id")
);
CREATE INDEX "idx_group_rules_member__28bef6" ON "group_rules_acceptance" ("member_id");
CREATE TABLE "idempotency_key" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "principal" VARCHAR(60) NOT NULL,
    "operation" VARCHAR(60) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "input_hash" VARCHAR(64) NOT NULL,
    "result_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "idempotency_key_once" UNIQUE ("principal", "operation", "key")
);
CREATE INDEX "idempotency_key_by_age" ON "idempotency_key" ("created_at");
CREATE TABLE "board_freeze" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "metric" VARCHAR(20) NOT NULL /* POINTS: points\nCHECK_INS: check_ins\nSTREAK: streak\nINVITES: invites */,
    "window" VARCHAR(10) NOT NULL /* DAY: day\nWEEK: week\nMONTH: month\nALL: all */,
    "period" VARCHAR(10) NOT NULL,
    "entry_count" INT NOT NULL,
    "frozen_at" TIMESTAMP NOT NULL,
    CONSTRAINT "board_freeze_once" UNIQUE ("metric", "window", "period")
) /* That the boards of a metric were frozen for a period, also where nobody stood on them. */;
CREATE TABLE "board_result" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "metric" VARCHAR(20) NOT NULL /* POINTS: points\nCHECK_INS: check_ins\nSTREAK: streak\nINVITES: invites */,
    "scope" VARCHAR(10) NOT NULL /* GLOBAL: global\nCIRCLE: circle\nGROUP: group */,
    "scope_id" CHAR(36) NOT NULL /* The circle or group; all zeros for everybody. */,
    "window" VARCHAR(10) NOT NULL /* DAY: day\nWEEK: week\nMONTH: month\nALL: all */,
    "period" VARCHAR(10) NOT NULL /* 2026-11-23, 2026-W48 or 2026-11. */,
    "rank" INT NOT NULL,
    "score" BIGINT NOT NULL,
    "reached_at" TIMESTAMP NOT NULL,
    "frozen_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "board_result_one_per_rank" UNIQUE ("metric", "scope", "scope_id", "window", "period", "rank"),
    CONSTRAINT "board_result_one_per_member" UNIQUE ("member_id", "metric", "scope", "scope_id", "window", "period"),
    CONSTRAINT "board_result_shows_something" CHECK (rank >= 1 AND score >= 1)
);
CREATE TRIGGER IF NOT EXISTS "board_result_refuses_update" BEFORE UPDATE ON "board_result"
BEGIN
    SELECT RAISE(ABORT, 'board_result is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "board_result_refuses_delete" BEFORE DELETE ON "board_result"
BEGIN
    SELECT RAISE(ABORT, 'board_result is append-only');
END;
CREATE TABLE "job_lease" (
    "name" VARCHAR(60) NOT NULL PRIMARY KEY,
    "holder" CHAR(36) NOT NULL,
    "until" TIMESTAMP NOT NULL
);
CREATE TABLE "consent" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL /* TERMS: terms\nPRIVACY: privacy\nMARKETING: marketing */,
    "version" INT NOT NULL,
    "act" VARCHAR(10) NOT NULL /* GIVEN: given\nWITHDRAWN: withdrawn */,
    "at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "consent_by_member" ON "consent" ("member_id", "kind", "at", "id");
CREATE TRIGGER IF NOT EXISTS "consent_refuses_update" BEFORE UPDATE ON "consent"
BEGIN
    SELECT RAISE(ABORT, 'consent is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "consent_refuses_delete" BEFORE DELETE ON "consent"
BEGIN
    SELECT RAISE(ABORT, 'consent is append-only');
END;
CREATE TABLE "consent_document" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL /* TERMS: terms\nPRIVACY: privacy\nMARKETING: marketing */,
    "version" INT NOT NULL,
    "title" VARCHAR(80) NOT NULL,
    "url" VARCHAR(500) NOT NULL,
    "is_required" INT NOT NULL /* Whether the mini-program asks before it goes on. */,
    "published_at" TIMESTAMP NOT NULL,
    CONSTRAINT "consent_document_version_once" UNIQUE ("kind", "version")
);
CREATE TABLE "former_identity" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* OPENID: openid\nUNIONID: unionid\nPHONE: phone\nPARTNER: partner */,
    "issuer" VARCHAR(80) NOT NULL,
    "value_hash" VARCHAR(64) NOT NULL,
    "closed_at" TIMESTAMP NOT NULL,
    CONSTRAINT "former_identity_once" UNIQUE ("kind", "issuer", "value_hash")
);
CREATE TABLE "identity" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* OPENID: openid\nUNIONID: unionid\nPHONE: phone\nPARTNER: partner */,
    "issuer" VARCHAR(80) NOT NULL,
    "value_hash" VARCHAR(64) NOT NULL,
    "value" VARCHAR(190) /* Absent for a phone. */,
    "sealed_phone" VARCHAR(200),
    "masked_phone" VARCHAR(20),
    "sealed_session_key" VARCHAR(400),
    "verified_at" TIMESTAMP,
    "first_seen_at" TIMESTAMP NOT NULL,
    "last_seen_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "identity_of_one_member" UNIQUE ("kind", "issuer", "value_hash")
);
CREATE INDEX "identity_by_member" ON "identity" ("member_id", "kind");
CREATE UNIQUE INDEX "identity_one_phone" ON "identity" ("member_id") WHERE kind = 'phone';
CREATE TABLE "introduction" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_latest" INT NOT NULL,
    "name" VARCHAR(40),
    "age" VARCHAR(20),
    "likes" VARCHAR(100),
    "good_at" VARCHAR(100),
    "hopes" VARCHAR(100),
    "published_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_version_once" UNIQUE ("member_id", "version"),
    CONSTRAINT "introduction_versions_from_one" CHECK (version > 0)
);
CREATE UNIQUE INDEX "introduction_one_latest" ON "introduction" ("member_id") WHERE is_latest;
CREATE TABLE "introduction_draft" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "invite_code" VARCHAR(12) NOT NULL,
    "name" VARCHAR(40),
    "age" VARCHAR(20),
    "likes" VARCHAR(100),
    "good_at" VARCHAR(100),
    "hopes" VARCHAR(100),
    "drafted_at" TIMESTAMP NOT NULL,
    "claimed_at" TIMESTAMP,
    "invitee_id" CHAR(36) REFERENCES "member" ("id") ON DELETE RESTRICT,
    "inviter_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_draft_code" UNIQUE ("invite_code")
);
CREATE INDEX "idx_introductio_invitee_6d4583" ON "introduction_draft" ("invitee_id");
CREATE INDEX "introduction_draft_by_inviter" ON "introduction_draft" ("inviter_id", "drafted_at", "id");
CREATE TABLE "session" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff */,
    "subject_id" CHAR(36) NOT NULL,
    "access_hash" VARCHAR(64) NOT NULL UNIQUE,
    "access_expires_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP
);
CREATE INDEX "session_by_subject" ON "session" ("subject_id", "kind");
CREATE TABLE "refresh_token" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "expires_at" TIMESTAMP NOT NULL,
    "used_at" TIMESTAMP,
    "session_id" CHAR(36) NOT NULL REFERENCES "session" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_refresh_tok_session_e0eedc" ON "refresh_token" ("session_id");
CREATE TABLE "member_status_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "status_before" VARCHAR(10) NOT NULL /* NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased */,
    "status" VARCHAR(10) NOT NULL /* NORMAL: normal\nMUTED: muted\nFROZEN: frozen\nLEFT: left\nERASED: erased */,
    "until" TIMESTAMP /* When a mute ends by itself. */,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nSYSTEM: system */,
    "by_id" CHAR(36),
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "member_status_change_by_member" ON "member_status_change" ("member_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "member_status_change_refuses_update" BEFORE UPDATE ON "member_status_change"
BEGIN
    SELECT RAISE(ABORT, 'member_status_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "member_status_change_refuses_delete" BEFORE DELETE ON "member_status_change"
BEGIN
    SELECT RAISE(ABORT, 'member_status_change is append-only');
END;
CREATE TABLE "wish" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL /* EXPECTATION: expectation\nSUGGESTION: suggestion */,
    "text" VARCHAR(500) NOT NULL,
    "shared_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "wish_by_time" ON "wish" ("shared_at", "id");
CREATE INDEX "wish_by_member" ON "wish" ("member_id", "shared_at", "id");
CREATE TABLE "point_adjustment" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* GRANT: grant\nDEDUCT: deduct\nREVERSE: reverse */,
    "currency" VARCHAR(10) NOT NULL /* POINTS: points\nGROWTH: growth */,
    "amount" BIGINT NOT NULL,
    "entry_id" CHAR(36) /* The line that was taken back. */,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_adjustment_moves_something" CHECK (amount > 0)
);
CREATE INDEX "point_adjustment_by_member" ON "point_adjustment" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "point_adjustment_one_reversal" ON "point_adjustment" ("entry_id") WHERE entry_id IS NOT NULL;
CREATE TABLE "earn_rule" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "behaviour" VARCHAR(40) NOT NULL /* PROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed */,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that pays. */,
    "is_paused" INT NOT NULL /* Whether the behaviour pays nothing at present. */,
    "amount" BIGINT NOT NULL,
    "growth" BIGINT NOT NULL,
    "day_most" INT,
    "week_most" INT,
    "month_most" INT,
    "lifetime_most" INT,
    "cooldown_minutes" INT NOT NULL,
    "starts_at" TIMESTAMP,
    "ends_at" TIMESTAMP,
    "release_days" INT /* Days that its points wait; None: none. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "earn_rule_version_once" UNIQUE ("behaviour", "version"),
    CONSTRAINT "earn_rule_pays" CHECK (amount >= 0 AND growth >= 0 AND amount + growth > 0)
);
CREATE UNIQUE INDEX "earn_rule_one_active" ON "earn_rule" ("behaviour") WHERE is_active;
CREATE TABLE "earning" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "behaviour" VARCHAR(40) NOT NULL /* PROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed */,
    "source" VARCHAR(80) NOT NULL /* The cause, such as `referral:<id>`. */,
    "amount" BIGINT NOT NULL,
    "growth" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "release_at" TIMESTAMP,
    "released_at" TIMESTAMP,
    "reversed_at" TIMESTAMP,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "rule_id" CHAR(36) NOT NULL REFERENCES "earn_rule" ("id") ON DELETE RESTRICT,
    CONSTRAINT "earning_once_per_cause" UNIQUE ("member_id", "behaviour", "source")
);
CREATE INDEX "idx_earning_rule_id_736fdc" ON "earning" ("rule_id");
CREATE INDEX "earning_by_member" ON "earning" ("member_id", "behaviour", "created_at");
CREATE INDEX "earning_by_release" ON "earning" ("released_at", "release_at");
CREATE TABLE "level" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL /* From 1, by threshold. */,
    "name" VARCHAR(40) NOT NULL,
    "threshold" BIGINT NOT NULL /* Growth from which one has the level. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "level_position_once" UNIQUE ("position"),
    CONSTRAINT "level_threshold_once" UNIQUE ("threshold"),
    CONSTRAINT "level_threshold_from_zero" CHECK (threshold >= 0)
);
CREATE TABLE "daily_brief" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "body" VARCHAR(5000) NOT NULL,
    "published_at" TIMESTAMP NOT NULL,
    "circle_id" CHAR(36) NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "daily_brief_once_a_day" UNIQUE ("circle_id", "day")
);
CREATE TABLE "referral" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "invitee_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "inviter_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_one_inviter" UNIQUE ("invitee_id"),
    CONSTRAINT "referral_of_another" CHECK (inviter_id <> invitee_id)
);
CREATE INDEX "referral_by_inviter" ON "referral" ("inviter_id", "created_at", "id");
CREATE TABLE "api_key" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL /* Whose it is and what for. */,
    "prefix" VARCHAR(20) NOT NULL /* How it begins, to tell keys apart. */,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" JSON NOT NULL,
    "created_by" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "last_used_at" TIMESTAMP,
    "revoked_at" TIMESTAMP
);
CREATE INDEX "api_key_by_created" ON "api_key" ("created_at", "id");
CREATE TABLE "staff_role" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "title" VARCHAR(40) NOT NULL,
    "permissions" JSON NOT NULL,
    "is_built_in" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "staff_role_name_once" UNIQUE ("name")
);
CREATE TABLE "staff" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "display_name" VARCHAR(40) NOT NULL,
    "password_hash" VARCHAR(200) NOT NULL,
    "scope" VARCHAR(10) NOT NULL /* ALL: all\nREGION: region\nOWN_GROUPS: own_groups */,
    "region" VARCHAR(40) /* The region of groups that its scope names. */,
    "is_active" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "last_login_at" TIMESTAMP,
    "role_id" CHAR(36) NOT NULL REFERENCES "staff_role" ("id") ON DELETE RESTRICT,
    CONSTRAINT "staff_name_once" UNIQUE ("name"),
    CONSTRAINT "staff_region_is_named" CHECK (scope <> 'region' OR region IS NOT NULL)
);
CREATE INDEX "idx_staff_role_id_c769a2" ON "staff" ("role_id");
CREATE INDEX "staff_by_created" ON "staff" ("created_at", "id");

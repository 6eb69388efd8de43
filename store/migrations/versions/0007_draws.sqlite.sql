CREATE TABLE "draw" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "description" TEXT,
    "kind" VARCHAR(10) NOT NULL /* WHEEL: wheel\nGRID: grid\nBLIND_BOX: blind_box\nSCHEDULED: scheduled */,
    "state" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nENDED: ended\nVOIDED: voided */,
    "version" INT NOT NULL /* 0 while it is a draft. */,
    "starts_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL /* The instant after its last one. */,
    "audience" JSON NOT NULL,
    "free_per_day" INT NOT NULL,
    "price" INT /* Points for a chance; absent: not sold. */,
    "day_most" INT /* Most draws of a member a day. */,
    "total_most" INT /* Most draws of a member in all. */,
    "claim_days" INT /* Days to claim a prize; absent: no deadline. */,
    "pity_tier" SMALLINT,
    "pity_after" INT /* Draws without the tier before one with it. */,
    "segments" JSON NOT NULL,
    "chance_rules" JSON NOT NULL,
    "seed_hours" INT /* How long a seed is used; absent: all the time. */,
    "counts_tickets" INT NOT NULL /* Scheduled: every entry counts, or every entrant. */,
    "alternates" SMALLINT NOT NULL /* Scheduled: how many are picked to move up. */,
    "published_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "budget_id" CHAR(36) REFERENCES "budget" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_has_a_window" CHECK (starts_at < ends_at),
    CONSTRAINT "draw_price_above_zero" CHECK (price IS NULL OR price > 0)
);
CREATE INDEX "draw_by_state" ON "draw" ("state", "ends_at");
CREATE TABLE "draw_chance" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "source" VARCHAR(10) NOT NULL /* FREE: free\nPURCHASE: purchase\nCHECK_IN: check_in\nTASK: task\nQUIZ: quiz\nEVENT: event\nINVITE: invite\nORDER: order\nGRANT: grant\nPRIZE: prize */,
    "cause" VARCHAR(80) NOT NULL /* What gave it, such as `2026-11-23` or `quiz:<id>`. */,
    "count" INT NOT NULL,
    "used" INT NOT NULL,
    "given_back" INT NOT NULL /* Used in a draw that was voided. */,
    "expires_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "refunded_at" TIMESTAMP /* When what it cost was given back. */,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_chance_once_per_cause" UNIQUE ("member_id", "draw_id", "source", "cause"),
    CONSTRAINT "draw_chance_within_count" CHECK (count > 0 AND given_back >= 0 AND given_back <= used AND used - given_back <= count)
);
CREATE INDEX "draw_chance_by_draw" ON "draw_chance" ("draw_id", "source", "refunded_at");
CREATE INDEX "draw_chance_by_member" ON "draw_chance" ("member_id", "created_at", "id");
CREATE TABLE "draw_entry" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "entrant" VARCHAR(64) NOT NULL /* The member's name in the log, which tells nobody who it is. */,
    "number" INT NOT NULL /* The member's nth ticket, from 1. */,
    "chance_id" CHAR(36) NOT NULL /* The gift whose chance was used. */,
    "created_at" TIMESTAMP NOT NULL,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_entry_number_once" UNIQUE ("draw_id", "member_id", "number")
);
CREATE INDEX "draw_entry_by_member" ON "draw_entry" ("member_id", "created_at", "id");
CREATE TRIGGER IF NOT EXISTS "draw_entry_refuses_update" BEFORE UPDATE ON "draw_entry"
BEGIN
    SELECT RAISE(ABORT, 'draw_entry is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "draw_entry_refuses_delete" BEFORE DELETE ON "draw_entry"
BEGIN
    SELECT RAISE(ABORT, 'draw_entry is append-only');
END;
CREATE TABLE "draw_prize" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL /* Its place in the draw, from 0; rolls go by it. */,
    "is_offered" INT NOT NULL /* Whether the present version still has it. */,
    "name" VARCHAR(40) NOT NULL,
    "kind" VARCHAR(20) NOT NULL /* NONE: none\nPOINTS: points\nCOUPON: coupon\nGOOD: good\nMAKE_UP_CARD: make_up_card\nCHANCE: chance */,
    "amount" INT NOT NULL /* Of points, cards or chances. */,
    "weight" BIGINT NOT NULL,
    "segment_weights" JSON NOT NULL,
    "tier" SMALLINT /* 1 is the best. */,
    "stock" INT /* Absent: unlimited. */,
    "release" VARCHAR(10) NOT NULL /* AT_ONCE: at_once\nEVENLY: evenly\nHOURLY: hourly\nDAILY: daily */,
    "release_count" INT,
    "member_most" INT,
    "worth" INT NOT NULL /* What one costs the brand, in points. */,
    "picture_url" VARCHAR(500),
    "is_fallback" INT NOT NULL,
    "taken" INT NOT NULL,
    "returned" INT NOT NULL,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_prize_never_takes" CHECK (weight >= 0 AND amount >= 0 AND worth >= 0),
    CONSTRAINT "draw_prize_within_stock" CHECK (returned >= 0 AND taken >= returned AND (stock IS NULL OR taken - returned <= stock))
);
CREATE INDEX "draw_prize_by_draw" ON "draw_prize" ("draw_id", "position");
CREATE TABLE "draw_result" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "entrant" VARCHAR(64) NOT NULL /* The member's name in the log, which tells nobody who it is. */,
    "sequence" INT NOT NULL /* The member's nth result in this draw, from 1. */,
    "business_day" DATE NOT NULL,
    "day_index" INT NOT NULL /* The member's nth result of the day, from 1. */,
    "chance_id" CHAR(36) NOT NULL /* The gift whose chance was used. */,
    "version" INT NOT NULL /* Of the draw's rules. */,
    "seed_number" SMALLINT NOT NULL,
    "client_text" VARCHAR(40),
    "segment" VARCHAR(40) /* Whose weights held; absent: those of all. */,
    "roll_bound" BIGINT NOT NULL /* The number rolled is below it. */,
    "roll_number" BIGINT NOT NULL,
    "pity_before" INT NOT NULL,
    "pity_after" INT NOT NULL,
    "is_forced" INT NOT NULL /* Whether the guarantee decided. */,
    "rolled_prize_id" CHAR(36) /* What the roll fell on. */,
    "wanting" VARCHAR(20) /* OUT_OF_STOCK: out_of_stock\nNOT_RELEASED: not_released\nMEMBER_CAP: member_cap\nBUDGET: budget\nNOT_ACTIVE: not_active */,
    "unmet" VARCHAR(20) /* Why the guarantee was not met. */,
    "prize_number" INT /* Which piece of the stock; absent: unlimited. */,
    "points" INT NOT NULL,
    "pick_number" INT /* Scheduled: in the order of picking, from 1. */,
    "created_at" TIMESTAMP NOT NULL,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "prize_id" CHAR(36) REFERENCES "draw_prize" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_result_sequence_once" UNIQUE ("draw_id", "member_id", "sequence"),
    CONSTRAINT "draw_result_day_once" UNIQUE ("draw_id", "member_id", "business_day", "day_index"),
    CONSTRAINT "draw_result_counts" CHECK (sequence > 0 AND day_index > 0 AND roll_number >= 0 AND roll_number < roll_bound)
);
CREATE INDEX "draw_result_by_draw" ON "draw_result" ("draw_id", "created_at", "id");
CREATE INDEX "draw_result_by_member" ON "draw_result" ("member_id", "created_at", "id");
CREATE INDEX "draw_result_by_prize" ON "draw_result" ("prize_id", "created_at", "id");
CREATE UNIQUE INDEX "draw_result_pick_once" ON "draw_result" ("draw_id", "pick_number") WHERE pick_number IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS "draw_result_refuses_update" BEFORE UPDATE ON "draw_result"
BEGIN
    SELECT RAISE(ABORT, 'draw_result is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "draw_result_refuses_delete" BEFORE DELETE ON "draw_result"
BEGIN
    SELECT RAISE(ABORT, 'draw_result is append-only');
END;
CREATE TABLE "draw_seed" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "number" SMALLINT NOT NULL /* From 0, in the order of their use. */,
    "commitment" VARCHAR(64) NOT NULL /* SHA-256 of the seed. */,
    "sealed_seed" VARCHAR(300) NOT NULL,
    "seed" VARCHAR(64) /* In hexadecimal digits, once it is revealed. */,
    "used_from" TIMESTAMP NOT NULL,
    "used_until" TIMESTAMP NOT NULL,
    "committed_at" TIMESTAMP NOT NULL,
    "revealed_at" TIMESTAMP,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_seed_number_once" UNIQUE ("draw_id", "number")
);
CREATE INDEX "draw_seed_by_reveal" ON "draw_seed" ("revealed_at", "used_until");
CREATE TABLE "draw_version" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSON NOT NULL /* The draw's rules, and under `prizes` all that it offers. */,
    "created_at" TIMESTAMP NOT NULL,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_version_once" UNIQUE ("draw_id", "version")
);
CREATE TRIGGER IF NOT EXISTS "draw_version_refuses_update" BEFORE UPDATE ON "draw_version"
BEGIN
    SELECT RAISE(ABORT, 'draw_version is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "draw_version_refuses_delete" BEFORE DELETE ON "draw_version"
BEGIN
    SELECT RAISE(ABORT, 'draw_version is append-only');
END;
CREATE TABLE "drawing" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "list_hash" VARCHAR(64) NOT NULL /* SHA-256 of the lines `entrant:tickets`. */,
    "entrants" INT NOT NULL,
    "tickets" BIGINT NOT NULL,
    "frozen_at" TIMESTAMP NOT NULL,
    "drawn_at" TIMESTAMP,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "drawing_once_per_draw" UNIQUE ("draw_id")
);
CREATE TABLE "draw_void" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "staff_id" CHAR(36) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "unwound_at" TIMESTAMP /* When nothing was left to unwind. */,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_void_once" UNIQUE ("draw_id")
);
CREATE TABLE "draw_result_void" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "points_back" INT NOT NULL /* Points of the prize that were taken back. */,
    "shortfall" INT NOT NULL /* Points of the prize that the member had spent. */,
    "kept" INT NOT NULL /* Whether the prize had been handed over or used, and stays. */,
    "created_at" TIMESTAMP NOT NULL,
    "result_id" CHAR(36) NOT NULL REFERENCES "draw_result" ("id") ON DELETE RESTRICT,
    "void_id" CHAR(36) NOT NULL REFERENCES "draw_void" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_result_void_once" UNIQUE ("result_id"),
    CONSTRAINT "draw_result_void_never_gives" CHECK (points_back >= 0 AND shortfall >= 0)
);
CREATE INDEX "draw_result_void_by_void" ON "draw_result_void" ("void_id", "id");
CREATE TRIGGER IF NOT EXISTS "draw_result_void_refuses_update" BEFORE UPDATE ON "draw_result_void"
BEGIN
    SELECT RAISE(ABORT, 'draw_result_void is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "draw_result_void_refuses_delete" BEFORE DELETE ON "draw_result_void"
BEGIN
    SELECT RAISE(ABORT, 'draw_result_void is append-only');
END;
CREATE TABLE "prize_claim" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "result_id" CHAR(36) NOT NULL /* The result that won it. */,
    "prize_number" INT /* Which piece of the stock; absent: unlimited. */,
    "state" VARCHAR(10) NOT NULL /* WAITING: waiting\nCLAIMED: claimed\nFULFILLED: fulfilled\nEXPIRED: expired\nVOIDED: voided */,
    "expires_at" TIMESTAMP,
    "note" VARCHAR(300) /* Where to and how, in the winner's words. */,
    "address_id" CHAR(36) /* Of the winner's book; its text is copied. */,
    "code" VARCHAR(100) /* A coupon's code or a parcel's number. */,
    "staff_id" CHAR(36) /* Who handed it over. */,
    "created_at" TIMESTAMP NOT NULL,
    "claimed_at" TIMESTAMP,
    "fulfilled_at" TIMESTAMP,
    "closed_at" TIMESTAMP /* When it ran out or was voided. */,
    "draw_id" CHAR(36) NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "prize_id" CHAR(36) NOT NULL REFERENCES "draw_prize" ("id") ON DELETE RESTRICT,
    CONSTRAINT "prize_claim_once_per_result" UNIQUE ("result_id")
);
CREATE INDEX "prize_claim_by_member" ON "prize_claim" ("member_id", "created_at", "id");
CREATE INDEX "prize_claim_by_state" ON "prize_claim" ("state", "expires_at");
CREATE INDEX "prize_claim_by_draw" ON "prize_claim" ("draw_id", "state", "id");

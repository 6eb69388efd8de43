CREATE TABLE "draw" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "description" TEXT,
    "kind" VARCHAR(10) NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "audience" JSONB NOT NULL,
    "free_per_day" INT NOT NULL,
    "price" INT,
    "day_most" INT,
    "total_most" INT,
    "claim_days" INT,
    "pity_tier" SMALLINT,
    "pity_after" INT,
    "segments" JSONB NOT NULL,
    "chance_rules" JSONB NOT NULL,
    "seed_hours" INT,
    "counts_tickets" BOOL NOT NULL,
    "alternates" SMALLINT NOT NULL,
    "published_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "budget_id" UUID REFERENCES "budget" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_has_a_window" CHECK (starts_at < ends_at),
    CONSTRAINT "draw_price_above_zero" CHECK (price IS NULL OR price > 0)
);
CREATE INDEX "draw_by_state" ON "draw" ("state", "ends_at");
COMMENT ON COLUMN "draw"."kind" IS 'WHEEL: wheel\nGRID: grid\nBLIND_BOX: blind_box\nSCHEDULED: scheduled';
COMMENT ON COLUMN "draw"."state" IS 'DRAFT: draft\nPUBLISHED: published\nENDED: ended\nVOIDED: voided';
COMMENT ON COLUMN "draw"."version" IS '0 while it is a draft.';
COMMENT ON COLUMN "draw"."ends_at" IS 'The instant after its last one.';
COMMENT ON COLUMN "draw"."price" IS 'Points for a chance; absent: not sold.';
COMMENT ON COLUMN "draw"."day_most" IS 'Most draws of a member a day.';
COMMENT ON COLUMN "draw"."total_most" IS 'Most draws of a member in all.';
COMMENT ON COLUMN "draw"."claim_days" IS 'Days to claim a prize; absent: no deadline.';
COMMENT ON COLUMN "draw"."pity_after" IS 'Draws without the tier before one with it.';
COMMENT ON COLUMN "draw"."seed_hours" IS 'How long a seed is used; absent: all the time.';
COMMENT ON COLUMN "draw"."counts_tickets" IS 'Scheduled: every entry counts, or every entrant.';
COMMENT ON COLUMN "draw"."alternates" IS 'Scheduled: how many are picked to move up.';
CREATE TABLE "draw_chance" (
    "id" UUID NOT NULL PRIMARY KEY,
    "source" VARCHAR(10) NOT NULL,
    "cause" VARCHAR(80) NOT NULL,
    "count" INT NOT NULL,
    "used" INT NOT NULL,
    "given_back" INT NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "refunded_at" TIMESTAMPTZ,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_chance_once_per_cause" UNIQUE ("member_id", "draw_id", "source", "cause"),
    CONSTRAINT "draw_chance_within_count" CHECK (count > 0 AND given_back >= 0 AND given_back <= used AND used - given_back <= count)
);
CREATE INDEX "draw_chance_by_draw" ON "draw_chance" ("draw_id", "source", "refunded_at");
CREATE INDEX "draw_chance_by_member" ON "draw_chance" ("member_id", "created_at", "id");
COMMENT ON COLUMN "draw_chance"."source" IS 'FREE: free\nPURCHASE: purchase\nCHECK_IN: check_in\nTASK: task\nQUIZ: quiz\nEVENT: event\nINVITE: invite\nORDER: order\nGRANT: grant\nPRIZE: prize';
COMMENT ON COLUMN "draw_chance"."cause" IS 'What gave it, such as `2026-11-23` or `quiz:<id>`.';
COMMENT ON COLUMN "draw_chance"."given_back" IS 'Used in a draw that was voided.';
COMMENT ON COLUMN "draw_chance"."refunded_at" IS 'When what it cost was given back.';
CREATE TABLE "draw_entry" (
    "id" UUID NOT NULL PRIMARY KEY,
    "entrant" VARCHAR(64) NOT NULL,
    "number" INT NOT NULL,
    "chance_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_entry_number_once" UNIQUE ("draw_id", "member_id", "number")
);
CREATE INDEX "draw_entry_by_member" ON "draw_entry" ("member_id", "created_at", "id");
COMMENT ON COLUMN "draw_entry"."entrant" IS 'The member''s name in the log, which tells nobody who it is.';
COMMENT ON COLUMN "draw_entry"."number" IS 'The member''s nth ticket, from 1.';
COMMENT ON COLUMN "draw_entry"."chance_id" IS 'The gift whose chance was used.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "draw_entry_refuses_change" BEFORE UPDATE OR DELETE ON "draw_entry" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "draw_entry_refuses_truncate" BEFORE TRUNCATE ON "draw_entry" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "draw_prize" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" SMALLINT NOT NULL,
    "is_offered" BOOL NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "amount" INT NOT NULL,
    "weight" BIGINT NOT NULL,
    "segment_weights" JSONB NOT NULL,
    "tier" SMALLINT,
    "stock" INT,
    "release" VARCHAR(10) NOT NULL,
    "release_count" INT,
    "member_most" INT,
    "worth" INT NOT NULL,
    "picture_url" VARCHAR(500),
    "is_fallback" BOOL NOT NULL,
    "taken" INT NOT NULL,
    "returned" INT NOT NULL,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_prize_never_takes" CHECK (weight >= 0 AND amount >= 0 AND worth >= 0),
    CONSTRAINT "draw_prize_within_stock" CHECK (returned >= 0 AND taken >= returned AND (stock IS NULL OR taken - returned <= stock))
);
CREATE INDEX "draw_prize_by_draw" ON "draw_prize" ("draw_id", "position");
COMMENT ON COLUMN "draw_prize"."position" IS 'Its place in the draw, from 0; rolls go by it.';
COMMENT ON COLUMN "draw_prize"."is_offered" IS 'Whether the present version still has it.';
COMMENT ON COLUMN "draw_prize"."kind" IS 'NONE: none\nPOINTS: points\nCOUPON: coupon\nGOOD: good\nMAKE_UP_CARD: make_up_card\nCHANCE: chance';
COMMENT ON COLUMN "draw_prize"."amount" IS 'Of points, cards or chances.';
COMMENT ON COLUMN "draw_prize"."tier" IS '1 is the best.';
COMMENT ON COLUMN "draw_prize"."stock" IS 'Absent: unlimited.';
COMMENT ON COLUMN "draw_prize"."release" IS 'AT_ONCE: at_once\nEVENLY: evenly\nHOURLY: hourly\nDAILY: daily';
COMMENT ON COLUMN "draw_prize"."worth" IS 'What one costs the brand, in points.';
CREATE TABLE "draw_result" (
    "id" UUID NOT NULL PRIMARY KEY,
    "entrant" VARCHAR(64) NOT NULL,
    "sequence" INT NOT NULL,
    "business_day" DATE NOT NULL,
    "day_index" INT NOT NULL,
    "chance_id" UUID NOT NULL,
    "version" INT NOT NULL,
    "seed_number" SMALLINT NOT NULL,
    "client_text" VARCHAR(40),
    "segment" VARCHAR(40),
    "roll_bound" BIGINT NOT NULL,
    "roll_number" BIGINT NOT NULL,
    "pity_before" INT NOT NULL,
    "pity_after" INT NOT NULL,
    "is_forced" BOOL NOT NULL,
    "rolled_prize_id" UUID,
    "wanting" VARCHAR(20),
    "unmet" VARCHAR(20),
    "prize_number" INT,
    "points" INT NOT NULL,
    "pick_number" INT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "prize_id" UUID REFERENCES "draw_prize" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_result_sequence_once" UNIQUE ("draw_id", "member_id", "sequence"),
    CONSTRAINT "draw_result_day_once" UNIQUE ("draw_id", "member_id", "business_day", "day_index"),
    CONSTRAINT "draw_result_counts" CHECK (sequence > 0 AND day_index > 0 AND roll_number >= 0 AND roll_number < roll_bound)
);
CREATE INDEX "draw_result_by_draw" ON "draw_result" ("draw_id", "created_at", "id");
CREATE INDEX "draw_result_by_member" ON "draw_result" ("member_id", "created_at", "id");
CREATE INDEX "draw_result_by_prize" ON "draw_result" ("prize_id", "created_at", "id");
COMMENT ON COLUMN "draw_result"."entrant" IS 'The member''s name in the log, which tells nobody who it is.';
COMMENT ON COLUMN "draw_result"."sequence" IS 'The member''s nth result in this draw, from 1.';
COMMENT ON COLUMN "draw_result"."day_index" IS 'The member''s nth result of the day, from 1.';
COMMENT ON COLUMN "draw_result"."chance_id" IS 'The gift whose chance was used.';
COMMENT ON COLUMN "draw_result"."version" IS 'Of the draw''s rules.';
COMMENT ON COLUMN "draw_result"."segment" IS 'Whose weights held; absent: those of all.';
COMMENT ON COLUMN "draw_result"."roll_bound" IS 'The number rolled is below it.';
COMMENT ON COLUMN "draw_result"."is_forced" IS 'Whether the guarantee decided.';
COMMENT ON COLUMN "draw_result"."rolled_prize_id" IS 'What the roll fell on.';
COMMENT ON COLUMN "draw_result"."wanting" IS 'OUT_OF_STOCK: out_of_stock\nNOT_RELEASED: not_released\nMEMBER_CAP: member_cap\nBUDGET: budget\nNOT_ACTIVE: not_active';
COMMENT ON COLUMN "draw_result"."unmet" IS 'Why the guarantee was not met.';
COMMENT ON COLUMN "draw_result"."prize_number" IS 'Which piece of the stock; absent: unlimited.';
COMMENT ON COLUMN "draw_result"."pick_number" IS 'Scheduled: in the order of picking, from 1.';
CREATE UNIQUE INDEX "draw_result_pick_once" ON "draw_result" ("draw_id", "pick_number") WHERE pick_number IS NOT NULL;
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "draw_result_refuses_change" BEFORE UPDATE OR DELETE ON "draw_result" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "draw_result_refuses_truncate" BEFORE TRUNCATE ON "draw_result" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "draw_seed" (
    "id" UUID NOT NULL PRIMARY KEY,
    "number" SMALLINT NOT NULL,
    "commitment" VARCHAR(64) NOT NULL,
    "sealed_seed" VARCHAR(300) NOT NULL,
    "seed" VARCHAR(64),
    "used_from" TIMESTAMPTZ NOT NULL,
    "used_until" TIMESTAMPTZ NOT NULL,
    "committed_at" TIMESTAMPTZ NOT NULL,
    "revealed_at" TIMESTAMPTZ,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_seed_number_once" UNIQUE ("draw_id", "number")
);
CREATE INDEX "draw_seed_by_reveal" ON "draw_seed" ("revealed_at", "used_until");
COMMENT ON COLUMN "draw_seed"."number" IS 'From 0, in the order of their use.';
COMMENT ON COLUMN "draw_seed"."commitment" IS 'SHA-256 of the seed.';
COMMENT ON COLUMN "draw_seed"."seed" IS 'In hexadecimal digits, once it is revealed.';
CREATE TABLE "draw_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "rules" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_version_once" UNIQUE ("draw_id", "version")
);
COMMENT ON COLUMN "draw_version"."rules" IS 'The draw''s rules, and under `prizes` all that it offers.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "draw_version_refuses_change" BEFORE UPDATE OR DELETE ON "draw_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "draw_version_refuses_truncate" BEFORE TRUNCATE ON "draw_version" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "drawing" (
    "id" UUID NOT NULL PRIMARY KEY,
    "list_hash" VARCHAR(64) NOT NULL,
    "entrants" INT NOT NULL,
    "tickets" BIGINT NOT NULL,
    "frozen_at" TIMESTAMPTZ NOT NULL,
    "drawn_at" TIMESTAMPTZ,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "drawing_once_per_draw" UNIQUE ("draw_id")
);
COMMENT ON COLUMN "drawing"."list_hash" IS 'SHA-256 of the lines `entrant:tickets`.';
CREATE TABLE "draw_void" (
    "id" UUID NOT NULL PRIMARY KEY,
    "staff_id" UUID NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "unwound_at" TIMESTAMPTZ,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_void_once" UNIQUE ("draw_id")
);
COMMENT ON COLUMN "draw_void"."unwound_at" IS 'When nothing was left to unwind.';
CREATE TABLE "draw_result_void" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "points_back" INT NOT NULL,
    "shortfall" INT NOT NULL,
    "kept" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "result_id" UUID NOT NULL REFERENCES "draw_result" ("id") ON DELETE RESTRICT,
    "void_id" UUID NOT NULL REFERENCES "draw_void" ("id") ON DELETE RESTRICT,
    CONSTRAINT "draw_result_void_once" UNIQUE ("result_id"),
    CONSTRAINT "draw_result_void_never_gives" CHECK (points_back >= 0 AND shortfall >= 0)
);
CREATE INDEX "draw_result_void_by_void" ON "draw_result_void" ("void_id", "id");
COMMENT ON COLUMN "draw_result_void"."points_back" IS 'Points of the prize that were taken back.';
COMMENT ON COLUMN "draw_result_void"."shortfall" IS 'Points of the prize that the member had spent.';
COMMENT ON COLUMN "draw_result_void"."kept" IS 'Whether the prize had been handed over or used, and stays.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "draw_result_void_refuses_change" BEFORE UPDATE OR DELETE ON "draw_result_void" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "draw_result_void_refuses_truncate" BEFORE TRUNCATE ON "draw_result_void" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "prize_claim" (
    "id" UUID NOT NULL PRIMARY KEY,
    "result_id" UUID NOT NULL,
    "prize_number" INT,
    "state" VARCHAR(10) NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "note" VARCHAR(300),
    "address_id" UUID,
    "code" VARCHAR(100),
    "staff_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "claimed_at" TIMESTAMPTZ,
    "fulfilled_at" TIMESTAMPTZ,
    "closed_at" TIMESTAMPTZ,
    "draw_id" UUID NOT NULL REFERENCES "draw" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "prize_id" UUID NOT NULL REFERENCES "draw_prize" ("id") ON DELETE RESTRICT,
    CONSTRAINT "prize_claim_once_per_result" UNIQUE ("result_id")
);
CREATE INDEX "prize_claim_by_member" ON "prize_claim" ("member_id", "created_at", "id");
CREATE INDEX "prize_claim_by_state" ON "prize_claim" ("state", "expires_at");
CREATE INDEX "prize_claim_by_draw" ON "prize_claim" ("draw_id", "state", "id");
COMMENT ON COLUMN "prize_claim"."result_id" IS 'The result that won it.';
COMMENT ON COLUMN "prize_claim"."prize_number" IS 'Which piece of the stock; absent: unlimited.';
COMMENT ON COLUMN "prize_claim"."state" IS 'WAITING: waiting\nCLAIMED: claimed\nFULFILLED: fulfilled\nEXPIRED: expired\nVOIDED: voided';
COMMENT ON COLUMN "prize_claim"."note" IS 'Where to and how, in the winner''s words.';
COMMENT ON COLUMN "prize_claim"."address_id" IS 'Of the winner''s book; its text is copied.';
COMMENT ON COLUMN "prize_claim"."code" IS 'A coupon''s code or a parcel''s number.';
COMMENT ON COLUMN "prize_claim"."staff_id" IS 'Who handed it over.';
COMMENT ON COLUMN "prize_claim"."closed_at" IS 'When it ran out or was voided.';

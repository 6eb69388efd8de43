CREATE TABLE "address" (
    "id" UUID NOT NULL PRIMARY KEY,
    "sealed" VARCHAR(1500) NOT NULL,
    "is_default" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "address_by_member" ON "address" ("member_id", "updated_at", "id");
CREATE UNIQUE INDEX "address_one_default" ON "address" ("member_id") WHERE is_default;
CREATE TABLE "good" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "name" VARCHAR(60) NOT NULL,
    "category" VARCHAR(20) NOT NULL,
    "summary" VARCHAR(120),
    "detail" TEXT,
    "pictures" JSONB NOT NULL,
    "sort" INT NOT NULL,
    "audience" JSONB NOT NULL,
    "visible_from" TIMESTAMPTZ,
    "visible_until" TIMESTAMPTZ,
    "sells_from" TIMESTAMPTZ,
    "sells_until" TIMESTAMPTZ,
    "month_first_day" SMALLINT,
    "month_last_day" SMALLINT,
    "order_most" INT,
    "day_most" INT,
    "week_most" INT,
    "month_most" INT,
    "member_most" INT,
    "circle_most" INT,
    "is_cancellable" BOOL NOT NULL,
    "pay_minutes" INT NOT NULL,
    "receive_days" INT NOT NULL,
    "after_sale_days" INT NOT NULL,
    "pick_up_days" INT,
    "pick_up_lapse" VARCHAR(10) NOT NULL,
    "target_id" UUID,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "good_version_from_one" CHECK (version >= 1)
);
CREATE INDEX "good_by_sort" ON "good" ("sort", "id");
CREATE INDEX "good_by_category" ON "good" ("category", "sort", "id");
COMMENT ON COLUMN "good"."kind" IS 'PHYSICAL: physical\nPICK_UP: pick_up\nCODE: code\nCOUPON: coupon\nCOURSE: course\nEVENT: event\nCARD: card\nCHANCE: chance';
COMMENT ON COLUMN "good"."status" IS 'DRAFT: draft\nON_SHELF: on_shelf\nOFF_SHELF: off_shelf\nARCHIVED: archived';
COMMENT ON COLUMN "good"."sort" IS 'Smaller ones stand in front.';
COMMENT ON COLUMN "good"."month_first_day" IS 'Below 0: from the month''s end.';
COMMENT ON COLUMN "good"."circle_most" IS 'Pieces for the members of each circle.';
COMMENT ON COLUMN "good"."is_cancellable" IS 'Whether a member may cancel before it is sent.';
COMMENT ON COLUMN "good"."pay_minutes" IS 'How long stock and points wait for the cash.';
COMMENT ON COLUMN "good"."receive_days" IS 'Days after sending at which it counts as received.';
COMMENT ON COLUMN "good"."after_sale_days" IS 'Days after receipt at which an order is closed.';
COMMENT ON COLUMN "good"."pick_up_lapse" IS 'REFUND: refund\nKEEP: keep';
COMMENT ON COLUMN "good"."target_id" IS 'What is handed over: a plan, a draw, a course…';
CREATE TABLE "circle_share" (
    "id" UUID NOT NULL PRIMARY KEY,
    "taken" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "circle_id" UUID NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "good_id" UUID NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    CONSTRAINT "circle_share_once" UNIQUE ("good_id", "circle_id"),
    CONSTRAINT "circle_share_from_zero" CHECK (taken >= 0)
);
CREATE INDEX "idx_circle_shar_circle__c009bd" ON "circle_share" ("circle_id");
CREATE TABLE "sku" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "price" BIGINT NOT NULL,
    "level_prices" JSONB NOT NULL,
    "cash_minor" BIGINT NOT NULL,
    "stock" INT,
    "reserved" INT NOT NULL,
    "sold" INT NOT NULL,
    "sort" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "good_id" UUID NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    CONSTRAINT "sku_name_once" UNIQUE ("good_id", "name"),
    CONSTRAINT "sku_stock_from_zero" CHECK (stock IS NULL OR stock >= 0),
    CONSTRAINT "sku_counts_from_zero" CHECK (reserved >= 0 AND sold >= 0),
    CONSTRAINT "sku_price_from_zero" CHECK (price >= 0 AND cash_minor >= 0)
);
CREATE INDEX "sku_by_sort" ON "sku" ("good_id", "sort", "id");
COMMENT ON COLUMN "sku"."price" IS 'Points for one.';
COMMENT ON COLUMN "sku"."level_prices" IS 'A level''s position → points for one.';
COMMENT ON COLUMN "sku"."cash_minor" IS 'Cash for one beside the points, in minor units.';
COMMENT ON COLUMN "sku"."stock" IS 'What is left; absent: it never runs out.';
COMMENT ON COLUMN "sku"."version" IS 'Rises with what staff say of it, not with what is sold.';
CREATE TABLE "code_batch" (
    "id" UUID NOT NULL PRIMARY KEY,
    "rows" INT NOT NULL,
    "taken_in" INT NOT NULL,
    "refused" JSONB NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "sku_id" UUID NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT
);
CREATE INDEX "code_batch_by_sku" ON "code_batch" ("sku_id", "created_at", "id");
COMMENT ON COLUMN "code_batch"."rows" IS 'How many rows were given.';
CREATE TABLE "stock_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "act" VARCHAR(10) NOT NULL,
    "amount" INT NOT NULL,
    "stock_after" INT,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "sku_id" UUID NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT
);
CREATE INDEX "stock_change_by_sku" ON "stock_change" ("sku_id", "created_at", "id");
COMMENT ON COLUMN "stock_change"."act" IS 'ADD: add\nLIMIT: limit\nUNLIMIT: unlimit';
COMMENT ON COLUMN "stock_change"."amount" IS 'Added or taken, or the new limit; 0 where the limit was lifted.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "stock_change_refuses_change" BEFORE UPDATE OR DELETE ON "stock_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "stock_change_refuses_truncate" BEFORE TRUNCATE ON "stock_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "mall_order" (
    "id" UUID NOT NULL PRIMARY KEY,
    "number" VARCHAR(20) NOT NULL,
    "circle_id" UUID,
    "status" VARCHAR(20) NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "good_name" VARCHAR(60) NOT NULL,
    "sku_name" VARCHAR(40) NOT NULL,
    "picture_url" VARCHAR(500),
    "quantity" INT NOT NULL,
    "unit_points" BIGINT NOT NULL,
    "points" BIGINT NOT NULL,
    "cash_minor" BIGINT NOT NULL,
    "debit_entry_id" UUID,
    "refunded_points" BIGINT NOT NULL,
    "refunded_cash_minor" BIGINT NOT NULL,
    "returned_quantity" INT NOT NULL,
    "is_cancellable" BOOL NOT NULL,
    "receive_days" INT NOT NULL,
    "after_sale_days" INT NOT NULL,
    "pick_up_days" INT,
    "pick_up_lapse" VARCHAR(10) NOT NULL,
    "target_id" UUID,
    "note" VARCHAR(100),
    "carrier" VARCHAR(30),
    "tracking_number" VARCHAR(40),
    "placed_at" TIMESTAMPTZ NOT NULL,
    "confirmed_at" TIMESTAMPTZ,
    "shipped_at" TIMESTAMPTZ,
    "received_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "good_id" UUID NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "sku_id" UUID NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "mall_order_number" UNIQUE ("number"),
    CONSTRAINT "mall_order_of_something" CHECK (quantity > 0),
    CONSTRAINT "mall_order_price_from_zero" CHECK (points >= 0 AND cash_minor >= 0),
    CONSTRAINT "mall_order_gives_back_no_more" CHECK (refunded_points BETWEEN 0 AND points AND refunded_cash_minor BETWEEN 0 AND cash_minor AND returned_quantity BETWEEN 0 AND quantity)
);
CREATE INDEX "mall_order_by_member" ON "mall_order" ("member_id", "placed_at", "id");
CREATE INDEX "mall_order_by_placed" ON "mall_order" ("placed_at", "id");
CREATE INDEX "mall_order_by_status" ON "mall_order" ("status", "placed_at", "id");
CREATE INDEX "mall_order_by_good" ON "mall_order" ("good_id", "placed_at", "id");
CREATE INDEX "mall_order_by_sku" ON "mall_order" ("sku_id", "status", "confirmed_at", "id");
CREATE INDEX "mall_order_by_due" ON "mall_order" ("due_at", "id");
COMMENT ON COLUMN "mall_order"."number" IS 'What people call it by.';
COMMENT ON COLUMN "mall_order"."circle_id" IS 'The circle of whose share it takes.';
COMMENT ON COLUMN "mall_order"."status" IS 'PLACED: placed\nAWAITING_CASH: awaiting_cash\nCONFIRMED: confirmed\nAWAITING_CODE: awaiting_code\nFULFILLING: fulfilling\nSHIPPED: shipped\nISSUED: issued\nREADY: ready\nRECEIVED: received\nCLOSED: closed\nCANCELLED: cancelled\nREFUNDED: refunded';
COMMENT ON COLUMN "mall_order"."kind" IS 'PHYSICAL: physical\nPICK_UP: pick_up\nCODE: code\nCOUPON: coupon\nCOURSE: course\nEVENT: event\nCARD: card\nCHANCE: chance';
COMMENT ON COLUMN "mall_order"."points" IS 'In all.';
COMMENT ON COLUMN "mall_order"."cash_minor" IS 'In all, in minor units.';
COMMENT ON COLUMN "mall_order"."debit_entry_id" IS 'The line that took the member''s points.';
COMMENT ON COLUMN "mall_order"."pick_up_lapse" IS 'REFUND: refund\nKEEP: keep';
COMMENT ON COLUMN "mall_order"."note" IS 'What the member asks for.';
COMMENT ON COLUMN "mall_order"."ended_at" IS 'Closed, cancelled or refunded.';
COMMENT ON COLUMN "mall_order"."due_at" IS 'When it moves on by itself.';
CREATE TABLE "good_code" (
    "id" UUID NOT NULL PRIMARY KEY,
    "batch_id" UUID NOT NULL,
    "sealed_code" VARCHAR(400) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "issued_at" TIMESTAMPTZ,
    "voided_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "order_id" UUID REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    "sku_id" UUID NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "good_code_once" UNIQUE ("sku_id", "code_hash")
);
CREATE INDEX "idx_good_code_order_i_14fe34" ON "good_code" ("order_id");
CREATE INDEX "good_code_by_use" ON "good_code" ("sku_id", "order_id", "id");
CREATE TABLE "order_address" (
    "id" UUID NOT NULL PRIMARY KEY,
    "order_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "sealed" VARCHAR(1500) NOT NULL,
    CONSTRAINT "order_address_one" UNIQUE ("order_id")
);
CREATE INDEX "idx_order_addre_member__b382b8" ON "order_address" ("member_id");
COMMENT ON COLUMN "order_address"."order_id" IS 'The order, or the claim of a prize.';
CREATE TABLE "order_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "status" VARCHAR(20) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "reason" VARCHAR(200),
    "changed_at" TIMESTAMPTZ NOT NULL,
    "order_id" UUID NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT
);
CREATE INDEX "order_change_by_order" ON "order_change" ("order_id", "changed_at", "id");
COMMENT ON COLUMN "order_change"."member_id" IS 'Whose order it is.';
COMMENT ON COLUMN "order_change"."status" IS 'The state after it.';
COMMENT ON COLUMN "order_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
COMMENT ON COLUMN "order_change"."by_id" IS 'The member, the colleague or the partner''s key.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "order_change_refuses_change" BEFORE DELETE ON "order_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "order_change_refuses_rewriting" BEFORE UPDATE ON "order_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('reason', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "order_change_refuses_truncate" BEFORE TRUNCATE ON "order_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "order_export" (
    "id" UUID NOT NULL PRIMARY KEY,
    "staff_id" UUID NOT NULL,
    "asked_for" JSONB NOT NULL,
    "has_whole_addresses" BOOL NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "order_export_by_time" ON "order_export" ("created_at", "id");
CREATE TABLE "order_payment" (
    "id" UUID NOT NULL PRIMARY KEY,
    "reference" VARCHAR(64) NOT NULL,
    "cash_minor" BIGINT NOT NULL,
    "confirmed_at" TIMESTAMPTZ NOT NULL,
    "order_id" UUID NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    CONSTRAINT "order_payment_one" UNIQUE ("order_id"),
    CONSTRAINT "order_payment_reference_once" UNIQUE ("reference")
);
COMMENT ON COLUMN "order_payment"."reference" IS 'What the partner calls it.';
CREATE TABLE "order_refund" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "number" INT NOT NULL,
    "points" BIGINT NOT NULL,
    "cash_minor" BIGINT NOT NULL,
    "pieces" INT NOT NULL,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "order_id" UUID NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    CONSTRAINT "order_refund_number" UNIQUE ("order_id", "number")
);
CREATE INDEX "order_refund_by_member" ON "order_refund" ("member_id", "created_at", "id");
COMMENT ON COLUMN "order_refund"."member_id" IS 'Whose order it is.';
COMMENT ON COLUMN "order_refund"."number" IS 'Which refund of its order it is, from 1.';
COMMENT ON COLUMN "order_refund"."cash_minor" IS 'To be returned outside, in minor units.';
COMMENT ON COLUMN "order_refund"."pieces" IS 'Back in the stock.';
COMMENT ON COLUMN "order_refund"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE TABLE "store" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "region" VARCHAR(80) NOT NULL,
    "address" VARCHAR(120) NOT NULL,
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "store_name_once" UNIQUE ("name")
);
CREATE TABLE "pick_up" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "sealed_code" VARCHAR(200) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "used_at" TIMESTAMPTZ,
    "staff_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "order_id" UUID NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    "store_id" UUID REFERENCES "store" ("id") ON DELETE RESTRICT,
    CONSTRAINT "pick_up_one" UNIQUE ("order_id"),
    CONSTRAINT "pick_up_code_once" UNIQUE ("code_hash")
);
CREATE INDEX "idx_pick_up_member__ca2d64" ON "pick_up" ("member_id");
CREATE INDEX "idx_pick_up_store_i_ce828b" ON "pick_up" ("store_id");
COMMENT ON COLUMN "pick_up"."member_id" IS 'Whose order it is.';
CREATE TABLE "restock_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "asked_at" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "sku_id" UUID NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "restock_notice_once" UNIQUE ("member_id", "sku_id")
);
CREATE INDEX "restock_notice_by_sku" ON "restock_notice" ("sku_id", "due_at");
CREATE INDEX "restock_notice_by_member" ON "restock_notice" ("member_id", "asked_at", "id");
COMMENT ON COLUMN "restock_notice"."due_at" IS 'When it came back; absent while waiting.';
CREATE TABLE "wish_list_entry" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "good_id" UUID NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "wish_list_entry_once" UNIQUE ("member_id", "good_id")
);
CREATE INDEX "idx_wish_list_e_good_id_a454d0" ON "wish_list_entry" ("good_id");
CREATE INDEX "wish_list_entry_by_member" ON "wish_list_entry" ("member_id", "created_at", "id");

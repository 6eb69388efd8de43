CREATE TABLE "address" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "sealed" VARCHAR(1500) NOT NULL,
    "is_default" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "address_by_member" ON "address" ("member_id", "updated_at", "id");
CREATE UNIQUE INDEX "address_one_default" ON "address" ("member_id") WHERE is_default;
CREATE TABLE "good" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* PHYSICAL: physical\nPICK_UP: pick_up\nCODE: code\nCOUPON: coupon\nCOURSE: course\nEVENT: event\nCARD: card\nCHANCE: chance */,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nON_SHELF: on_shelf\nOFF_SHELF: off_shelf\nARCHIVED: archived */,
    "name" VARCHAR(60) NOT NULL,
    "category" VARCHAR(20) NOT NULL,
    "summary" VARCHAR(120),
    "detail" TEXT,
    "pictures" JSON NOT NULL,
    "sort" INT NOT NULL /* Smaller ones stand in front. */,
    "audience" JSON NOT NULL,
    "visible_from" TIMESTAMP,
    "visible_until" TIMESTAMP,
    "sells_from" TIMESTAMP,
    "sells_until" TIMESTAMP,
    "month_first_day" SMALLINT /* Below 0: from the month's end. */,
    "month_last_day" SMALLINT,
    "order_most" INT,
    "day_most" INT,
    "week_most" INT,
    "month_most" INT,
    "member_most" INT,
    "circle_most" INT /* Pieces for the members of each circle. */,
    "is_cancellable" INT NOT NULL /* Whether a member may cancel before it is sent. */,
    "pay_minutes" INT NOT NULL /* How long stock and points wait for the cash. */,
    "receive_days" INT NOT NULL /* Days after sending at which it counts as received. */,
    "after_sale_days" INT NOT NULL /* Days after receipt at which an order is closed. */,
    "pick_up_days" INT,
    "pick_up_lapse" VARCHAR(10) NOT NULL /* REFUND: refund\nKEEP: keep */,
    "target_id" CHAR(36) /* What is handed over: a plan, a draw, a course… */,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    CONSTRAINT "good_version_from_one" CHECK (version >= 1)
);
CREATE INDEX "good_by_sort" ON "good" ("sort", "id");
CREATE INDEX "good_by_category" ON "good" ("category", "sort", "id");
CREATE TABLE "circle_share" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "taken" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "circle_id" CHAR(36) NOT NULL REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "good_id" CHAR(36) NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    CONSTRAINT "circle_share_once" UNIQUE ("good_id", "circle_id"),
    CONSTRAINT "circle_share_from_zero" CHECK (taken >= 0)
);
CREATE INDEX "idx_circle_shar_circle__c009bd" ON "circle_share" ("circle_id");
CREATE TABLE "sku" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "price" BIGINT NOT NULL /* Points for one. */,
    "level_prices" JSON NOT NULL /* A level's position → points for one. */,
    "cash_minor" BIGINT NOT NULL /* Cash for one beside the points, in minor units. */,
    "stock" INT /* What is left; absent: it never runs out. */,
    "reserved" INT NOT NULL,
    "sold" INT NOT NULL,
    "sort" INT NOT NULL,
    "is_active" INT NOT NULL,
    "version" INT NOT NULL /* Rises with what staff say of it, not with what is sold. */,
    "created_at" TIMESTAMP NOT NULL,
    "good_id" CHAR(36) NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    CONSTRAINT "sku_name_once" UNIQUE ("good_id", "name"),
    CONSTRAINT "sku_stock_from_zero" CHECK (stock IS NULL OR stock >= 0),
    CONSTRAINT "sku_counts_from_zero" CHECK (reserved >= 0 AND sold >= 0),
    CONSTRAINT "sku_price_from_zero" CHECK (price >= 0 AND cash_minor >= 0)
);
CREATE INDEX "sku_by_sort" ON "sku" ("good_id", "sort", "id");
CREATE TABLE "code_batch" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "rows" INT NOT NULL /* How many rows were given. */,
    "taken_in" INT NOT NULL,
    "refused" JSON NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT
);
CREATE INDEX "code_batch_by_sku" ON "code_batch" ("sku_id", "created_at", "id");
CREATE TABLE "stock_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "act" VARCHAR(10) NOT NULL /* ADD: add\nLIMIT: limit\nUNLIMIT: unlimit */,
    "amount" INT NOT NULL /* Added or taken, or the new limit; 0 where the limit was lifted. */,
    "stock_after" INT,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT
);
CREATE INDEX "stock_change_by_sku" ON "stock_change" ("sku_id", "created_at", "id");
CREATE TRIGGER IF NOT EXISTS "stock_change_refuses_update" BEFORE UPDATE ON "stock_change"
BEGIN
    SELECT RAISE(ABORT, 'stock_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "stock_change_refuses_delete" BEFORE DELETE ON "stock_change"
BEGIN
    SELECT RAISE(ABORT, 'stock_change is append-only');
END;
CREATE TABLE "mall_order" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "number" VARCHAR(20) NOT NULL /* What people call it by. */,
    "circle_id" CHAR(36) /* The circle of whose share it takes. */,
    "status" VARCHAR(20) NOT NULL /* PLACED: placed\nAWAITING_CASH: awaiting_cash\nCONFIRMED: confirmed\nAWAITING_CODE: awaiting_code\nFULFILLING: fulfilling\nSHIPPED: shipped\nISSUED: issued\nREADY: ready\nRECEIVED: received\nCLOSED: closed\nCANCELLED: cancelled\nREFUNDED: refunded */,
    "kind" VARCHAR(10) NOT NULL /* PHYSICAL: physical\nPICK_UP: pick_up\nCODE: code\nCOUPON: coupon\nCOURSE: course\nEVENT: event\nCARD: card\nCHANCE: chance */,
    "good_name" VARCHAR(60) NOT NULL,
    "sku_name" VARCHAR(40) NOT NULL,
    "picture_url" VARCHAR(500),
    "quantity" INT NOT NULL,
    "unit_points" BIGINT NOT NULL,
    "points" BIGINT NOT NULL /* In all. */,
    "cash_minor" BIGINT NOT NULL /* In all, in minor units. */,
    "debit_entry_id" CHAR(36) /* The line that took the member's points. */,
    "refunded_points" BIGINT NOT NULL,
    "refunded_cash_minor" BIGINT NOT NULL,
    "returned_quantity" INT NOT NULL,
    "is_cancellable" INT NOT NULL,
    "receive_days" INT NOT NULL,
    "after_sale_days" INT NOT NULL,
    "pick_up_days" INT,
    "pick_up_lapse" VARCHAR(10) NOT NULL /* REFUND: refund\nKEEP: keep */,
    "target_id" CHAR(36),
    "note" VARCHAR(100) /* What the member asks for. */,
    "carrier" VARCHAR(30),
    "tracking_number" VARCHAR(40),
    "placed_at" TIMESTAMP NOT NULL,
    "confirmed_at" TIMESTAMP,
    "shipped_at" TIMESTAMP,
    "received_at" TIMESTAMP,
    "ended_at" TIMESTAMP /* Closed, cancelled or refunded. */,
    "due_at" TIMESTAMP /* When it moves on by itself. */,
    "good_id" CHAR(36) NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
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
CREATE TABLE "good_code" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "batch_id" CHAR(36) NOT NULL,
    "sealed_code" VARCHAR(400) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "issued_at" TIMESTAMP,
    "voided_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "good_code_once" UNIQUE ("sku_id", "code_hash")
);
CREATE INDEX "idx_good_code_order_i_14fe34" ON "good_code" ("order_id");
CREATE INDEX "good_code_by_use" ON "good_code" ("sku_id", "order_id", "id");
CREATE TABLE "order_address" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "order_id" CHAR(36) NOT NULL /* The order, or the claim of a prize. */,
    "member_id" CHAR(36) NOT NULL,
    "sealed" VARCHAR(1500) NOT NULL,
    CONSTRAINT "order_address_one" UNIQUE ("order_id")
);
CREATE INDEX "idx_order_addre_member__b382b8" ON "order_address" ("member_id");
CREATE TABLE "order_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL /* Whose order it is. */,
    "status" VARCHAR(20) NOT NULL /* The state after it. */,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36) /* The member, the colleague or the partner's key. */,
    "reason" VARCHAR(200),
    "changed_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT
);
CREATE INDEX "order_change_by_order" ON "order_change" ("order_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "order_change_refuses_update" BEFORE UPDATE OF "id", "member_id", "status", "by_kind", "by_id", "changed_at", "order_id" ON "order_change"
BEGIN
    SELECT RAISE(ABORT, 'order_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "order_change_refuses_rewriting" BEFORE UPDATE ON "order_change" WHEN NEW."reason" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'order_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "order_change_refuses_delete" BEFORE DELETE ON "order_change"
BEGIN
    SELECT RAISE(ABORT, 'order_change is append-only');
END;
CREATE TABLE "order_export" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "staff_id" CHAR(36) NOT NULL,
    "asked_for" JSON NOT NULL,
    "has_whole_addresses" INT NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "order_export_by_time" ON "order_export" ("created_at", "id");
CREATE TABLE "order_payment" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "reference" VARCHAR(64) NOT NULL /* What the partner calls it. */,
    "cash_minor" BIGINT NOT NULL,
    "confirmed_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    CONSTRAINT "order_payment_one" UNIQUE ("order_id"),
    CONSTRAINT "order_payment_reference_once" UNIQUE ("reference")
);
CREATE TABLE "order_refund" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL /* Whose order it is. */,
    "number" INT NOT NULL /* Which refund of its order it is, from 1. */,
    "points" BIGINT NOT NULL,
    "cash_minor" BIGINT NOT NULL /* To be returned outside, in minor units. */,
    "pieces" INT NOT NULL /* Back in the stock. */,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    CONSTRAINT "order_refund_number" UNIQUE ("order_id", "number")
);
CREATE INDEX "order_refund_by_member" ON "order_refund" ("member_id", "created_at", "id");
CREATE TABLE "store" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "region" VARCHAR(80) NOT NULL,
    "address" VARCHAR(120) NOT NULL,
    "is_active" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "store_name_once" UNIQUE ("name")
);
CREATE TABLE "pick_up" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL /* Whose order it is. */,
    "sealed_code" VARCHAR(200) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "expires_at" TIMESTAMP,
    "used_at" TIMESTAMP,
    "staff_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) NOT NULL REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    "store_id" CHAR(36) REFERENCES "store" ("id") ON DELETE RESTRICT,
    CONSTRAINT "pick_up_one" UNIQUE ("order_id"),
    CONSTRAINT "pick_up_code_once" UNIQUE ("code_hash")
);
CREATE INDEX "idx_pick_up_member__ca2d64" ON "pick_up" ("member_id");
CREATE INDEX "idx_pick_up_store_i_ce828b" ON "pick_up" ("store_id");
CREATE TABLE "restock_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "asked_at" TIMESTAMP NOT NULL,
    "due_at" TIMESTAMP /* When it came back; absent while waiting. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "restock_notice_once" UNIQUE ("member_id", "sku_id")
);
CREATE INDEX "restock_notice_by_sku" ON "restock_notice" ("sku_id", "due_at");
CREATE INDEX "restock_notice_by_member" ON "restock_notice" ("member_id", "asked_at", "id");
CREATE TABLE "wish_list_entry" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "good_id" CHAR(36) NOT NULL REFERENCES "good" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "wish_list_entry_once" UNIQUE ("member_id", "good_id")
);
CREATE INDEX "idx_wish_list_e_good_id_a454d0" ON "wish_list_entry" ("good_id");
CREATE INDEX "wish_list_entry_by_member" ON "wish_list_entry" ("member_id", "created_at", "id");

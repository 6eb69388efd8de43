CREATE TABLE "new_good_code" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "batch_id" CHAR(36) NOT NULL,
    "sealed_code" VARCHAR(400) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "result_id" CHAR(36) /* The result of a draw that won it. */,
    "issued_at" TIMESTAMP,
    "voided_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "order_id" CHAR(36) REFERENCES "mall_order" ("id") ON DELETE RESTRICT,
    "sku_id" CHAR(36) NOT NULL REFERENCES "sku" ("id") ON DELETE RESTRICT,
    CONSTRAINT "good_code_once" UNIQUE ("sku_id", "code_hash"),
    CONSTRAINT "good_code_one_per_result" UNIQUE ("result_id")
);
INSERT INTO "new_good_code" ("id", "batch_id", "sealed_code", "code_hash", "issued_at", "voided_at", "created_at", "order_id", "sku_id") SELECT "id", "batch_id", "sealed_code", "code_hash", "issued_at", "voided_at", "created_at", "order_id", "sku_id" FROM "good_code";
DROP TABLE "good_code";
ALTER TABLE "new_good_code" RENAME TO "good_code";
CREATE INDEX "idx_good_code_order_i_14fe34" ON "good_code" ("order_id");
CREATE INDEX "good_code_by_use" ON "good_code" ("sku_id", "order_id", "id");
ALTER TABLE "draw_prize" ADD COLUMN "sku_id" CHAR(36);

ALTER TABLE "good_code" ADD COLUMN "result_id" uuid;
ALTER TABLE "good_code" ADD CONSTRAINT "good_code_one_per_result" UNIQUE (result_id);
ALTER TABLE "draw_prize" ADD COLUMN "sku_id" uuid;

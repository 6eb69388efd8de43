CREATE TABLE "grant_batch" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "budget_id" UUID,
    "row_count" INT NOT NULL,
    "points_total" BIGINT NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "submitted_by" UUID,
    "submitted_at" TIMESTAMPTZ,
    "approved_by" UUID,
    "paid_at" TIMESTAMPTZ,
    CONSTRAINT "grant_batch_two_people" CHECK (approved_by IS NULL OR (approved_by <> created_by AND approved_by <> submitted_by))
);
CREATE INDEX "grant_batch_by_time" ON "grant_batch" ("created_at", "id");
CREATE INDEX "grant_batch_by_status" ON "grant_batch" ("status", "submitted_at");
COMMENT ON COLUMN "grant_batch"."reason" IS 'What members are told it is for.';
COMMENT ON COLUMN "grant_batch"."status" IS 'DRAFT: draft\nSUBMITTED: submitted\nAPPROVED: approved\nPAID: paid\nREJECTED: rejected';
COMMENT ON COLUMN "grant_batch"."budget_id" IS 'The budget that it is paid from.';
COMMENT ON COLUMN "grant_batch"."row_count" IS 'The rows that are paid, once it is submitted.';
COMMENT ON COLUMN "grant_batch"."points_total" IS 'What they come to.';
COMMENT ON COLUMN "grant_batch"."approved_by" IS 'None where nobody had to.';
COMMENT ON COLUMN "grant_batch"."paid_at" IS 'When its last row was done.';
CREATE TABLE "budget" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "month" DATE,
    "amount" BIGINT NOT NULL,
    "overdrawn" BIGINT NOT NULL,
    "alert_percent" SMALLINT NOT NULL,
    "stops" BOOL NOT NULL,
    "renews" BOOL NOT NULL,
    "revision" INT NOT NULL,
    "slot" VARCHAR(100),
    "opened_at" TIMESTAMPTZ NOT NULL,
    "closed_at" TIMESTAMPTZ,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "budget_one_open" UNIQUE ("slot"),
    CONSTRAINT "budget_holds_something" CHECK (amount > 0 AND overdrawn >= 0),
    CONSTRAINT "budget_alert_within" CHECK (alert_percent BETWEEN 1 AND 100)
);
CREATE INDEX "idx_budget_circle__00c89d" ON "budget" ("circle_id");
CREATE INDEX "budget_by_name" ON "budget" ("name", "closed_at");
CREATE INDEX "budget_by_month" ON "budget" ("closed_at", "month");
CREATE INDEX "budget_by_opened" ON "budget" ("opened_at", "id");
COMMENT ON COLUMN "budget"."month" IS 'Its first day; None: good until it is closed.';
COMMENT ON COLUMN "budget"."amount" IS 'What it was given in all, overdrafts aside.';
COMMENT ON COLUMN "budget"."overdrawn" IS 'What was paid beyond the amount.';
COMMENT ON COLUMN "budget"."stops" IS 'Whether nothing is paid beyond the amount.';
COMMENT ON COLUMN "budget"."renews" IS 'Whether the next month gets one of the same size.';
COMMENT ON COLUMN "budget"."revision" IS 'Rises with every change of the amount.';
COMMENT ON COLUMN "budget"."slot" IS 'What one open budget has at a time.';
CREATE TABLE "budget_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "budget_id" UUID NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "amount" BIGINT NOT NULL,
    "moved" BIGINT NOT NULL,
    "staff_id" UUID,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "budget_change_by_budget" ON "budget_change" ("budget_id", "created_at", "id");
COMMENT ON COLUMN "budget_change"."kind" IS 'OPENED: opened\nRENEWED: renewed\nRESIZED: resized\nCLOSED: closed';
COMMENT ON COLUMN "budget_change"."amount" IS 'What the budget was given in all, after it.';
COMMENT ON COLUMN "budget_change"."moved" IS 'What came in, or below 0 what went back.';
COMMENT ON COLUMN "budget_change"."staff_id" IS 'None where the system did it.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "budget_change_refuses_change" BEFORE UPDATE OR DELETE ON "budget_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "budget_change_refuses_truncate" BEFORE TRUNCATE ON "budget_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "budget_alert" (
    "id" UUID NOT NULL PRIMARY KEY,
    "budget_id" UUID NOT NULL,
    "revision" INT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "amount" BIGINT NOT NULL,
    "left_over" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "budget_alert_once" UNIQUE ("budget_id", "revision", "kind")
);
CREATE INDEX "budget_alert_by_time" ON "budget_alert" ("created_at", "id");
COMMENT ON COLUMN "budget_alert"."revision" IS 'Which size of the budget it is about.';
COMMENT ON COLUMN "budget_alert"."kind" IS 'THRESHOLD: threshold\nUSED_UP: used_up';
COMMENT ON COLUMN "budget_alert"."amount" IS 'How large the budget was.';
COMMENT ON COLUMN "budget_alert"."left_over" IS 'What was left of it.';
CREATE TABLE "budget_reading" (
    "id" UUID NOT NULL PRIMARY KEY,
    "budget_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "spent" BIGINT NOT NULL,
    "taken_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "budget_reading_once_a_day" UNIQUE ("budget_id", "day")
);
COMMENT ON COLUMN "budget_reading"."spent" IS 'What had been paid in all when it was last read that day.';
CREATE TABLE "earn_cause" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "behaviour" VARCHAR(40) NOT NULL,
    "source" VARCHAR(80) NOT NULL,
    "facts" JSONB NOT NULL,
    "target" VARCHAR(80),
    "pair_id" UUID,
    "circle_id" UUID,
    "refusal" VARCHAR(60),
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "earn_cause_once" UNIQUE ("member_id", "behaviour", "source")
);
CREATE INDEX "earn_cause_by_time" ON "earn_cause" ("created_at", "id");
COMMENT ON COLUMN "earn_cause"."behaviour" IS 'CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended';
COMMENT ON COLUMN "earn_cause"."pair_id" IS 'The other member.';
COMMENT ON COLUMN "earn_cause"."circle_id" IS 'Where it happened, if that is known.';
COMMENT ON COLUMN "earn_cause"."refusal" IS 'The code of why nothing was paid.';
CREATE TABLE "earning_review" (
    "id" UUID NOT NULL PRIMARY KEY,
    "verdict" VARCHAR(10) NOT NULL,
    "reason" VARCHAR(200),
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "earning_id" UUID NOT NULL REFERENCES "earning" ("id") ON DELETE RESTRICT,
    CONSTRAINT "earning_review_once" UNIQUE ("earning_id")
);
COMMENT ON COLUMN "earning_review"."verdict" IS 'APPROVED: approved\nREJECTED: rejected';
CREATE TABLE "grant_decision" (
    "id" UUID NOT NULL PRIMARY KEY,
    "act" VARCHAR(10) NOT NULL,
    "staff_id" UUID NOT NULL,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "batch_id" UUID NOT NULL REFERENCES "grant_batch" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_grant_decis_batch_i_b6dea8" ON "grant_decision" ("batch_id");
COMMENT ON COLUMN "grant_decision"."act" IS 'SUBMITTED: submitted\nAPPROVED: approved\nREJECTED: rejected';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "grant_decision_refuses_change" BEFORE UPDATE OR DELETE ON "grant_decision" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "grant_decision_refuses_truncate" BEFORE TRUNCATE ON "grant_decision" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "grant_row" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "named_by" VARCHAR(12) NOT NULL,
    "name" VARCHAR(60) NOT NULL,
    "member_id" UUID,
    "amount" BIGINT NOT NULL,
    "note" VARCHAR(100),
    "problem" VARCHAR(60),
    "paid_at" TIMESTAMPTZ,
    "batch_id" UUID NOT NULL REFERENCES "grant_batch" ("id") ON DELETE RESTRICT,
    CONSTRAINT "grant_row_position_once" UNIQUE ("batch_id", "position"),
    CONSTRAINT "grant_row_paid_or_faulty" CHECK (paid_at IS NULL OR problem IS NULL)
);
CREATE INDEX "grant_row_by_state" ON "grant_row" ("batch_id", "paid_at", "position");
CREATE INDEX "grant_row_by_member" ON "grant_row" ("member_id");
COMMENT ON COLUMN "grant_row"."position" IS 'From 1, as the rows came.';
COMMENT ON COLUMN "grant_row"."named_by" IS 'MEMBER_ID: member_id\nPHONE: phone\nINVITE_CODE: invite_code';
COMMENT ON COLUMN "grant_row"."note" IS 'A word to the member; else the batch''s.';
COMMENT ON COLUMN "grant_row"."problem" IS 'The code of why it cannot be paid.';
CREATE UNIQUE INDEX "grant_row_one_of_a_member" ON "grant_row" ("batch_id", "member_id") WHERE problem IS NULL;
CREATE TABLE "grant_rows" (
    "id" UUID NOT NULL PRIMARY KEY,
    "batch_id" UUID NOT NULL,
    "first_position" INT NOT NULL,
    "row_count" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "grant_rows" IS 'One handing over of rows, kept for its key: a client that sends them again adds nothing.';
ALTER TABLE "earn_rule" DROP CONSTRAINT "earn_rule_pays";
ALTER TABLE "earn_rule" DROP CONSTRAINT "earn_rule_version_once";
DROP INDEX "earn_rule_one_active";
ALTER TABLE "earn_rule" ADD COLUMN "code" varchar(40) NOT NULL DEFAULT 'everyday';
ALTER TABLE "earn_rule" ALTER COLUMN "code" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "amount_kind" varchar(10) NOT NULL DEFAULT 'fixed';
ALTER TABLE "earn_rule" ALTER COLUMN "amount_kind" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "growth_percent" integer NOT NULL DEFAULT 0;
ALTER TABLE "earn_rule" ALTER COLUMN "growth_percent" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "level_percents" jsonb NOT NULL DEFAULT '{}';
ALTER TABLE "earn_rule" ALTER COLUMN "level_percents" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "peaks" jsonb NOT NULL DEFAULT '[]';
ALTER TABLE "earn_rule" ALTER COLUMN "peaks" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "combining" varchar(10) NOT NULL DEFAULT 'best';
ALTER TABLE "earn_rule" ALTER COLUMN "combining" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "requires" jsonb NOT NULL DEFAULT '[]';
ALTER TABLE "earn_rule" ALTER COLUMN "requires" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "audience" jsonb NOT NULL DEFAULT '{}';
ALTER TABLE "earn_rule" ALTER COLUMN "audience" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "needs_review" boolean NOT NULL DEFAULT false;
ALTER TABLE "earn_rule" ALTER COLUMN "needs_review" DROP DEFAULT;
ALTER TABLE "earn_rule" ADD COLUMN "title" character varying(60);
ALTER TABLE "earn_rule" ADD COLUMN "formula" jsonb;
ALTER TABLE "earn_rule" ADD COLUMN "tiers" jsonb;
ALTER TABLE "earn_rule" ADD COLUMN "day_points_most" bigint;
ALTER TABLE "earn_rule" ADD COLUMN "week_points_most" bigint;
ALTER TABLE "earn_rule" ADD COLUMN "month_points_most" bigint;
ALTER TABLE "earn_rule" ADD COLUMN "lifetime_points_most" bigint;
ALTER TABLE "earn_rule" ADD COLUMN "target_day_most" integer;
ALTER TABLE "earn_rule" ADD COLUMN "target_most" integer;
ALTER TABLE "earn_rule" ADD COLUMN "pair_day_most" integer;
ALTER TABLE "earn_rule" ADD COLUMN "pair_most" integer;
ALTER TABLE "earn_rule" ADD COLUMN "budget_name" character varying(40);
ALTER TABLE "earn_rule" ADD CONSTRAINT "earn_rule_pays" CHECK (((amount >= 0) AND (growth >= 0) AND (((amount + growth) > 0) OR ((amount_kind)::text <> 'fixed'::text))));
ALTER TABLE "earn_rule" ADD CONSTRAINT "earn_rule_version_once" UNIQUE (behaviour, code, version);
CREATE UNIQUE INDEX earn_rule_one_active ON earn_rule USING btree (behaviour, code) WHERE is_active;
ALTER TABLE "earning" DROP CONSTRAINT "earning_once_per_cause";
ALTER TABLE "earning" ADD COLUMN "rule_code" varchar(40) NOT NULL DEFAULT 'everyday';
ALTER TABLE "earning" ALTER COLUMN "rule_code" DROP DEFAULT;
ALTER TABLE "earning" ADD COLUMN "number" smallint NOT NULL DEFAULT 0;
ALTER TABLE "earning" ALTER COLUMN "number" DROP DEFAULT;
ALTER TABLE "earning" ADD COLUMN "facts" jsonb NOT NULL DEFAULT '{}';
ALTER TABLE "earning" ALTER COLUMN "facts" DROP DEFAULT;
ALTER TABLE "earning" ADD COLUMN "needs_review" boolean NOT NULL DEFAULT false;
ALTER TABLE "earning" ALTER COLUMN "needs_review" DROP DEFAULT;
ALTER TABLE "earning" ADD COLUMN "target" character varying(80);
ALTER TABLE "earning" ADD COLUMN "pair_id" uuid;
ALTER TABLE "earning" ADD COLUMN "budget_id" uuid;
ALTER TABLE "earning" ADD CONSTRAINT "earning_once_per_cause" UNIQUE (member_id, behaviour, source, number);
CREATE INDEX earning_by_time ON earning USING btree (member_id, created_at, id);
CREATE UNIQUE INDEX earning_by_review ON earning USING btree (created_at, id) WHERE (needs_review AND (released_at IS NULL) AND (reversed_at IS NULL));

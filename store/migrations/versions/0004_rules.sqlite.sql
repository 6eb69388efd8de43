CREATE TABLE "grant_batch" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL,
    "reason" VARCHAR(200) NOT NULL /* What members are told it is for. */,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nSUBMITTED: submitted\nAPPROVED: approved\nPAID: paid\nREJECTED: rejected */,
    "budget_id" CHAR(36) /* The budget that it is paid from. */,
    "row_count" INT NOT NULL /* The rows that are paid, once it is submitted. */,
    "points_total" BIGINT NOT NULL /* What they come to. */,
    "created_by" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "submitted_by" CHAR(36),
    "submitted_at" TIMESTAMP,
    "approved_by" CHAR(36) /* None where nobody had to. */,
    "paid_at" TIMESTAMP /* When its last row was done. */,
    CONSTRAINT "grant_batch_two_people" CHECK (approved_by IS NULL OR (approved_by <> created_by AND approved_by <> submitted_by))
);
CREATE INDEX "grant_batch_by_time" ON "grant_batch" ("created_at", "id");
CREATE INDEX "grant_batch_by_status" ON "grant_batch" ("status", "submitted_at");
CREATE TABLE "budget" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "month" DATE /* Its first day; None: good until it is closed. */,
    "amount" BIGINT NOT NULL /* What it was given in all, overdrafts aside. */,
    "overdrawn" BIGINT NOT NULL /* What was paid beyond the amount. */,
    "alert_percent" SMALLINT NOT NULL,
    "stops" INT NOT NULL /* Whether nothing is paid beyond the amount. */,
    "renews" INT NOT NULL /* Whether the next month gets one of the same size. */,
    "revision" INT NOT NULL /* Rises with every change of the amount. */,
    "slot" VARCHAR(100) /* What one open budget has at a time. */,
    "opened_at" TIMESTAMP NOT NULL,
    "closed_at" TIMESTAMP,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    CONSTRAINT "budget_one_open" UNIQUE ("slot"),
    CONSTRAINT "budget_holds_something" CHECK (amount > 0 AND overdrawn >= 0),
    CONSTRAINT "budget_alert_within" CHECK (alert_percent BETWEEN 1 AND 100)
);
CREATE INDEX "idx_budget_circle__00c89d" ON "budget" ("circle_id");
CREATE INDEX "budget_by_name" ON "budget" ("name", "closed_at");
CREATE INDEX "budget_by_month" ON "budget" ("closed_at", "month");
CREATE INDEX "budget_by_opened" ON "budget" ("opened_at", "id");
CREATE TABLE "budget_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "budget_id" CHAR(36) NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* OPENED: opened\nRENEWED: renewed\nRESIZED: resized\nCLOSED: closed */,
    "amount" BIGINT NOT NULL /* What the budget was given in all, after it. */,
    "moved" BIGINT NOT NULL /* What came in, or below 0 what went back. */,
    "staff_id" CHAR(36) /* None where the system did it. */,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "budget_change_by_budget" ON "budget_change" ("budget_id", "created_at", "id");
CREATE TRIGGER IF NOT EXISTS "budget_change_refuses_update" BEFORE UPDATE ON "budget_change"
BEGIN
    SELECT RAISE(ABORT, 'budget_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "budget_change_refuses_delete" BEFORE DELETE ON "budget_change"
BEGIN
    SELECT RAISE(ABORT, 'budget_change is append-only');
END;
CREATE TABLE "budget_alert" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "budget_id" CHAR(36) NOT NULL,
    "revision" INT NOT NULL /* Which size of the budget it is about. */,
    "kind" VARCHAR(10) NOT NULL /* THRESHOLD: threshold\nUSED_UP: used_up */,
    "amount" BIGINT NOT NULL /* How large the budget was. */,
    "left_over" BIGINT NOT NULL /* What was left of it. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "budget_alert_once" UNIQUE ("budget_id", "revision", "kind")
);
CREATE INDEX "budget_alert_by_time" ON "budget_alert" ("created_at", "id");
CREATE TABLE "budget_reading" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "budget_id" CHAR(36) NOT NULL,
    "day" DATE NOT NULL,
    "spent" BIGINT NOT NULL /* What had been paid in all when it was last read that day. */,
    "taken_at" TIMESTAMP NOT NULL,
    CONSTRAINT "budget_reading_once_a_day" UNIQUE ("budget_id", "day")
);
CREATE TABLE "earn_cause" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "behaviour" VARCHAR(40) NOT NULL /* CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended */,
    "source" VARCHAR(80) NOT NULL,
    "facts" JSON NOT NULL,
    "target" VARCHAR(80),
    "pair_id" CHAR(36) /* The other member. */,
    "circle_id" CHAR(36) /* Where it happened, if that is known. */,
    "refusal" VARCHAR(60) /* The code of why nothing was paid. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "earn_cause_once" UNIQUE ("member_id", "behaviour", "source")
);
CREATE INDEX "earn_cause_by_time" ON "earn_cause" ("created_at", "id");
CREATE TABLE "earning_review" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "verdict" VARCHAR(10) NOT NULL /* APPROVED: approved\nREJECTED: rejected */,
    "reason" VARCHAR(200),
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "earning_id" CHAR(36) NOT NULL REFERENCES "earning" ("id") ON DELETE RESTRICT,
    CONSTRAINT "earning_review_once" UNIQUE ("earning_id")
);
CREATE TABLE "grant_decision" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "act" VARCHAR(10) NOT NULL /* SUBMITTED: submitted\nAPPROVED: approved\nREJECTED: rejected */,
    "staff_id" CHAR(36) NOT NULL,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMP NOT NULL,
    "batch_id" CHAR(36) NOT NULL REFERENCES "grant_batch" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_grant_decis_batch_i_b6dea8" ON "grant_decision" ("batch_id");
CREATE TRIGGER IF NOT EXISTS "grant_decision_refuses_update" BEFORE UPDATE ON "grant_decision"
BEGIN
    SELECT RAISE(ABORT, 'grant_decision is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "grant_decision_refuses_delete" BEFORE DELETE ON "grant_decision"
BEGIN
    SELECT RAISE(ABORT, 'grant_decision is append-only');
END;
CREATE TABLE "grant_row" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" INT NOT NULL /* From 1, as the rows came. */,
    "named_by" VARCHAR(12) NOT NULL /* MEMBER_ID: member_id\nPHONE: phone\nINVITE_CODE: invite_code */,
    "name" VARCHAR(60) NOT NULL,
    "member_id" CHAR(36),
    "amount" BIGINT NOT NULL,
    "note" VARCHAR(100) /* A word to the member; else the batch's. */,
    "problem" VARCHAR(60) /* The code of why it cannot be paid. */,
    "paid_at" TIMESTAMP,
    "batch_id" CHAR(36) NOT NULL REFERENCES "grant_batch" ("id") ON DELETE RESTRICT,
    CONSTRAINT "grant_row_position_once" UNIQUE ("batch_id", "position"),
    CONSTRAINT "grant_row_paid_or_faulty" CHECK (paid_at IS NULL OR problem IS NULL)
);
CREATE INDEX "grant_row_by_state" ON "grant_row" ("batch_id", "paid_at", "position");
CREATE INDEX "grant_row_by_member" ON "grant_row" ("member_id");
CREATE UNIQUE INDEX "grant_row_one_of_a_member" ON "grant_row" ("batch_id", "member_id") WHERE problem IS NULL;
CREATE TABLE "grant_rows" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "batch_id" CHAR(36) NOT NULL,
    "first_position" INT NOT NULL,
    "row_count" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
) /* One handing over of rows, kept for its key: a client that sends them again adds nothing. */;
CREATE TABLE "new_earn_rule" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "behaviour" VARCHAR(40) NOT NULL /* CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended */,
    "code" VARCHAR(40) NOT NULL /* Its name among those of its behaviour. */,
    "title" VARCHAR(60) /* What members are told it is. */,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that pays. */,
    "is_paused" INT NOT NULL /* Whether the rule pays nothing at present. */,
    "amount" BIGINT NOT NULL,
    "amount_kind" VARCHAR(10) NOT NULL /* FIXED: fixed\nFORMULA: formula\nTIER: tier */,
    "formula" JSON,
    "tiers" JSON,
    "growth" BIGINT NOT NULL,
    "growth_percent" INT NOT NULL /* Growth beside it, in percent of the points. */,
    "level_percents" JSON NOT NULL /* By position of the level. */,
    "peaks" JSON NOT NULL,
    "combining" VARCHAR(10) NOT NULL /* BEST: best\nADDS: adds */,
    "day_most" INT,
    "week_most" INT,
    "month_most" INT,
    "lifetime_most" INT,
    "day_points_most" BIGINT,
    "week_points_most" BIGINT,
    "month_points_most" BIGINT,
    "lifetime_points_most" BIGINT,
    "target_day_most" INT,
    "target_most" INT,
    "pair_day_most" INT,
    "pair_most" INT,
    "cooldown_minutes" INT NOT NULL,
    "requires" JSON NOT NULL /* Behaviours that must have been paid before. */,
    "audience" JSON NOT NULL,
    "starts_at" TIMESTAMP,
    "ends_at" TIMESTAMP,
    "release_days" INT /* Days that its points wait; None: none. */,
    "needs_review" INT NOT NULL /* Whether its points wait for staff. */,
    "budget_name" VARCHAR(40) /* The budget that it is paid from. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "earn_rule_version_once" UNIQUE ("behaviour", "code", "version"),
    CONSTRAINT "earn_rule_pays" CHECK (amount >= 0 AND growth >= 0 AND (amount + growth > 0 OR amount_kind <> 'fixed'))
);
INSERT INTO "new_earn_rule" ("id", "behaviour", "version", "is_active", "is_paused", "amount", "growth", "day_most", "week_most", "month_most", "lifetime_most", "cooldown_minutes", "starts_at", "ends_at", "release_days", "created_at", "code", "amount_kind", "growth_percent", "level_percents", "peaks", "combining", "requires", "audience", "needs_review") SELECT "id", "behaviour", "version", "is_active", "is_paused", "amount", "growth", "day_most", "week_most", "month_most", "lifetime_most", "cooldown_minutes", "starts_at", "ends_at", "release_days", "created_at", 'everyday', 'fixed', 0, '{}', '[]', 'best', '[]', '{}', 0 FROM "earn_rule";
DROP TABLE "earn_rule";
ALTER TABLE "new_earn_rule" RENAME TO "earn_rule";
CREATE UNIQUE INDEX "earn_rule_one_active" ON "earn_rule" ("behaviour", "code") WHERE is_active;
CREATE TABLE "new_earning" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "rule_code" VARCHAR(40) NOT NULL /* The rule's, over all of its versions. */,
    "behaviour" VARCHAR(40) NOT NULL /* CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended */,
    "source" VARCHAR(80) NOT NULL /* The cause, such as `referral:<id>`. */,
    "number" SMALLINT NOT NULL /* Which of the payments for its cause it is, from 0. */,
    "facts" JSON NOT NULL /* What the amount followed from. */,
    "target" VARCHAR(80) /* The thing that it was about. */,
    "pair_id" CHAR(36) /* The other member that it was about. */,
    "budget_id" CHAR(36) /* The budget that paid. */,
    "amount" BIGINT NOT NULL,
    "growth" BIGINT NOT NULL,
    "needs_review" INT NOT NULL /* Whether it waited for staff. */,
    "created_at" TIMESTAMP NOT NULL,
    "release_at" TIMESTAMP,
    "released_at" TIMESTAMP,
    "reversed_at" TIMESTAMP,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "rule_id" CHAR(36) NOT NULL REFERENCES "earn_rule" ("id") ON DELETE RESTRICT,
    CONSTRAINT "earning_once_per_cause" UNIQUE ("member_id", "behaviour", "source", "number")
);
INSERT INTO "new_earning" ("id", "behaviour", "source", "amount", "growth", "created_at", "release_at", "released_at", "reversed_at", "member_id", "rule_id", "rule_code", "number", "facts", "needs_review") SELECT "id", "behaviour", "source", "amount", "growth", "created_at", "release_at", "released_at", "reversed_at", "member_id", "rule_id", 'everyday', 0, '{}', 0 FROM "earning";
DROP TABLE "earning";
ALTER TABLE "new_earning" RENAME TO "earning";
CREATE INDEX "idx_earning_rule_id_736fdc" ON "earning" ("rule_id");
CREATE INDEX "earning_by_member" ON "earning" ("member_id", "behaviour", "created_at");
CREATE INDEX "earning_by_time" ON "earning" ("member_id", "created_at", "id");
CREATE INDEX "earning_by_release" ON "earning" ("released_at", "release_at");
CREATE UNIQUE INDEX "earning_by_review" ON "earning" ("created_at", "id") WHERE needs_review AND released_at IS NULL AND reversed_at IS NULL;

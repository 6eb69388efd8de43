CREATE TABLE "forward_bar" (
    "id" UUID NOT NULL PRIMARY KEY,
    "claim_id" UUID NOT NULL,
    "decision_id" UUID NOT NULL,
    "until" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "lifted_at" TIMESTAMPTZ,
    "lifted_by" UUID,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_bar_once" UNIQUE ("decision_id")
);
CREATE INDEX "forward_bar_by_member" ON "forward_bar" ("member_id", "until");
CREATE INDEX "forward_bar_by_claim" ON "forward_bar" ("claim_id");
COMMENT ON COLUMN "forward_bar"."claim_id" IS 'The claim that failed.';
COMMENT ON COLUMN "forward_bar"."decision_id" IS 'The decision that it is of.';
COMMENT ON COLUMN "forward_bar"."lifted_by" IS 'The decision that lifted it.';
CREATE TABLE "forward_task" (
    "id" UUID NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "description" TEXT,
    "mode" VARCHAR(20) NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "materials" JSONB NOT NULL,
    "targets" JSONB NOT NULL,
    "audience" JSONB NOT NULL,
    "total_most" INT,
    "day_most" INT,
    "points" INT NOT NULL,
    "milestones" JSONB NOT NULL,
    "hold_hours" INT NOT NULL,
    "sample_percent" SMALLINT NOT NULL,
    "proof_hours" INT NOT NULL,
    "bar_days" INT NOT NULL,
    "exclusions" JSONB NOT NULL,
    "profile" VARCHAR(10) NOT NULL,
    "in_mini_program" BOOL NOT NULL,
    "promotes_virtual" BOOL NOT NULL,
    "is_required" BOOL NOT NULL,
    "gives_chance" BOOL NOT NULL,
    "page" VARCHAR(100),
    "broken" JSONB NOT NULL,
    "looked_at_on" DATE,
    "claimed" INT NOT NULL,
    "claimed_on" DATE,
    "claimed_that_day" INT NOT NULL,
    "pending" VARCHAR(10),
    "unwound_at" TIMESTAMPTZ,
    "published_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "budget_id" UUID REFERENCES "budget" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_task_has_a_window" CHECK (starts_at < ends_at),
    CONSTRAINT "forward_task_within_quota" CHECK (claimed >= 0 AND (total_most IS NULL OR claimed <= total_most))
);
CREATE INDEX "forward_task_by_state" ON "forward_task" ("state", "ends_at");
CREATE INDEX "forward_task_by_start" ON "forward_task" ("starts_at", "id");
COMMENT ON COLUMN "forward_task"."mode" IS 'HONOUR: honour\nVISITS: visits\nCONVERSIONS: conversions\nSCREENSHOT: screenshot';
COMMENT ON COLUMN "forward_task"."state" IS 'DRAFT: draft\nPUBLISHED: published\nSTOPPED: stopped\nENDED: ended\nVOIDED: voided';
COMMENT ON COLUMN "forward_task"."version" IS 'Rises with each change of its terms.';
COMMENT ON COLUMN "forward_task"."ends_at" IS 'The instant after its last one.';
COMMENT ON COLUMN "forward_task"."total_most" IS 'Places in all.';
COMMENT ON COLUMN "forward_task"."day_most" IS 'Places of one day of the brand.';
COMMENT ON COLUMN "forward_task"."points" IS 'For a claim of honour or with a screenshot.';
COMMENT ON COLUMN "forward_task"."hold_hours" IS 'How long points are pending.';
COMMENT ON COLUMN "forward_task"."sample_percent" IS 'How many of a hundred claims of honour are looked at.';
COMMENT ON COLUMN "forward_task"."proof_hours" IS 'Within how long a proof that was asked for is due.';
COMMENT ON COLUMN "forward_task"."bar_days" IS 'How long who failed a sample takes no task of honour.';
COMMENT ON COLUMN "forward_task"."profile" IS 'STRICT: strict\nPLATFORM: platform';
COMMENT ON COLUMN "forward_task"."page" IS 'Where codes lead; absent: the usual page.';
COMMENT ON COLUMN "forward_task"."broken" IS 'Clauses that it breaks by now and nobody accepted.';
COMMENT ON COLUMN "forward_task"."looked_at_on" IS 'The day of the last look at these.';
COMMENT ON COLUMN "forward_task"."claimed" IS 'Places that were taken.';
COMMENT ON COLUMN "forward_task"."claimed_on" IS 'The last day of which places were taken.';
COMMENT ON COLUMN "forward_task"."pending" IS 'WAIT: wait\nRELEASE: release\nTAKE_BACK: take_back';
COMMENT ON COLUMN "forward_task"."unwound_at" IS 'When all that was due came back.';
CREATE TABLE "forward_claim" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "state" VARCHAR(12) NOT NULL,
    "round" SMALLINT NOT NULL,
    "is_counted" BOOL NOT NULL,
    "counts_until" TIMESTAMPTZ NOT NULL,
    "exclusions" JSONB NOT NULL,
    "is_sampled" BOOL NOT NULL,
    "reward_id" UUID,
    "proof_id" UUID,
    "proof_due_at" TIMESTAMPTZ,
    "taken_at" TIMESTAMPTZ NOT NULL,
    "claimed_at" TIMESTAMPTZ,
    "queued_at" TIMESTAMPTZ,
    "weighed_at" TIMESTAMPTZ,
    "code_id" UUID REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "task_id" UUID NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_claim_once" UNIQUE ("task_id", "member_id")
);
CREATE INDEX "idx_forward_cla_code_id_798a1c" ON "forward_claim" ("code_id");
CREATE INDEX "forward_claim_by_task" ON "forward_claim" ("task_id", "taken_at", "id");
CREATE INDEX "forward_claim_by_member" ON "forward_claim" ("member_id", "taken_at", "id");
COMMENT ON COLUMN "forward_claim"."version" IS 'The version of the task that it was taken under.';
COMMENT ON COLUMN "forward_claim"."state" IS 'TAKEN: taken\nCLAIMED: claimed\nPROOF_ASKED: proof_asked\nAPPROVED: approved\nREJECTED: rejected\nTAKEN_BACK: taken_back';
COMMENT ON COLUMN "forward_claim"."round" IS 'How often something was handed in.';
COMMENT ON COLUMN "forward_claim"."is_counted" IS 'Whether what comes by its code is counted.';
COMMENT ON COLUMN "forward_claim"."counts_until" IS 'The end of the task by that version.';
COMMENT ON COLUMN "forward_claim"."exclusions" IS 'Visits that do not count, by that version.';
COMMENT ON COLUMN "forward_claim"."is_sampled" IS 'Honour: whether it is among those looked at.';
COMMENT ON COLUMN "forward_claim"."reward_id" IS 'What its last hand-in set pending.';
COMMENT ON COLUMN "forward_claim"."proof_id" IS 'The picture that was handed in last.';
COMMENT ON COLUMN "forward_claim"."proof_due_at" IS 'Until when a proof may come.';
COMMENT ON COLUMN "forward_claim"."queued_at" IS 'Since when it waits for a reviewer.';
COMMENT ON COLUMN "forward_claim"."weighed_at" IS 'When it was counted last, while it is.';
COMMENT ON COLUMN "forward_claim"."code_id" IS 'The member''s own; none where the task is outside the mini-program.';
CREATE UNIQUE INDEX "forward_claim_queue" ON "forward_claim" ("queued_at", "id") WHERE queued_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_claim_asked" ON "forward_claim" ("proof_due_at", "id") WHERE proof_due_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_claim_weighed" ON "forward_claim" ("weighed_at", "id") WHERE weighed_at IS NOT NULL;
CREATE TABLE "forward_decision" (
    "id" UUID NOT NULL PRIMARY KEY,
    "round" SMALLINT NOT NULL,
    "verdict" VARCHAR(12) NOT NULL,
    "reason" VARCHAR(20),
    "note" VARCHAR(200),
    "staff_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "undone_at" TIMESTAMPTZ,
    "undone_by" UUID,
    "claim_id" UUID NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT
);
CREATE INDEX "forward_decision_by_staff" ON "forward_decision" ("staff_id", "created_at", "id");
CREATE INDEX "forward_decision_by_time" ON "forward_decision" ("created_at", "id");
CREATE INDEX "forward_decision_by_claim" ON "forward_decision" ("claim_id", "created_at", "id");
COMMENT ON COLUMN "forward_decision"."round" IS 'Which hand-in it is about.';
COMMENT ON COLUMN "forward_decision"."verdict" IS 'APPROVED: approved\nREJECTED: rejected\nPROOF_ASKED: proof_asked';
COMMENT ON COLUMN "forward_decision"."reason" IS 'NOT_FORWARDED: not_forwarded\nWRONG_CONTENT: wrong_content\nWRONG_TARGET: wrong_target\nUNREADABLE: unreadable\nSAME_PICTURE: same_picture\nFORGED: forged\nTOO_LATE: too_late\nNO_PROOF: no_proof';
COMMENT ON COLUMN "forward_decision"."staff_id" IS 'Absent where a proof did not come in time.';
CREATE UNIQUE INDEX "forward_decision_once" ON "forward_decision" ("claim_id", "round") WHERE undone_at IS NULL AND verdict <> 'proof_asked';
CREATE TABLE "forward_reward" (
    "id" UUID NOT NULL PRIMARY KEY,
    "claim_id" UUID NOT NULL,
    "version" INT NOT NULL,
    "cause" VARCHAR(40) NOT NULL,
    "amount" INT NOT NULL,
    "budget_id" UUID,
    "state" VARCHAR(10) NOT NULL,
    "release_at" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ,
    "note" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "task_id" UUID NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_reward_once_per_cause" UNIQUE ("claim_id", "cause"),
    CONSTRAINT "forward_reward_pays" CHECK (amount > 0),
    CONSTRAINT "forward_reward_due_while_open" CHECK ((due_at IS NOT NULL) = (state IN ('held', 'rejected')))
);
CREATE INDEX "forward_reward_by_task" ON "forward_reward" ("task_id", "state", "id");
CREATE INDEX "forward_reward_by_member" ON "forward_reward" ("member_id", "created_at", "id");
COMMENT ON COLUMN "forward_reward"."version" IS 'The version of the task that pays it.';
COMMENT ON COLUMN "forward_reward"."cause" IS 'The milestone, or which time the claim was handed in.';
COMMENT ON COLUMN "forward_reward"."budget_id" IS 'The budget that paid.';
COMMENT ON COLUMN "forward_reward"."state" IS 'WAITING: waiting\nHELD: held\nPAID: paid\nREJECTED: rejected\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived\nUNREACHED: unreached';
COMMENT ON COLUMN "forward_reward"."release_at" IS 'When it is the member''s own, unless it is looked at.';
COMMENT ON COLUMN "forward_reward"."due_at" IS 'When it is released or taken back.';
COMMENT ON COLUMN "forward_reward"."note" IS 'Why it was taken back.';
CREATE UNIQUE INDEX "forward_reward_due" ON "forward_reward" ("due_at", "id") WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_reward_owed" ON "forward_reward" ("changed_at", "id") WHERE state = 'owed';
CREATE TABLE "forward_task_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "terms" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "task_id" UUID NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_task_version_once" UNIQUE ("task_id", "version")
);
COMMENT ON COLUMN "forward_task_version"."terms" IS 'The terms as columns of the task.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "forward_task_version_refuses_change" BEFORE UPDATE OR DELETE ON "forward_task_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "forward_task_version_refuses_truncate" BEFORE TRUNCATE ON "forward_task_version" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "forward_ending" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "pending" VARCHAR(10) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "task_id" UUID NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT
);
CREATE INDEX "forward_ending_by_task" ON "forward_ending" ("task_id", "created_at", "id");
COMMENT ON COLUMN "forward_ending"."kind" IS 'STOPPED: stopped\nVOIDED: voided';
COMMENT ON COLUMN "forward_ending"."pending" IS 'WAIT: wait\nRELEASE: release\nTAKE_BACK: take_back';
CREATE TABLE "forward_hand_in" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "round" SMALLINT NOT NULL,
    "proof_id" UUID,
    "words" VARCHAR(200),
    "seed" VARCHAR(32),
    "is_disputed" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "claim_id" UUID NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_hand_in_once" UNIQUE ("claim_id", "round")
);
CREATE INDEX "forward_hand_in_by_member" ON "forward_hand_in" ("member_id", "created_at");
COMMENT ON COLUMN "forward_hand_in"."round" IS 'From 1.';
COMMENT ON COLUMN "forward_hand_in"."words" IS 'What the member said to it.';
COMMENT ON COLUMN "forward_hand_in"."seed" IS 'Honour: what decided whether it is looked at.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "forward_hand_in_refuses_change" BEFORE DELETE ON "forward_hand_in" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "forward_hand_in_refuses_rewriting" BEFORE UPDATE ON "forward_hand_in" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('words', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "forward_hand_in_refuses_truncate" BEFORE TRUNCATE ON "forward_hand_in" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "forward_proof" (
    "id" UUID NOT NULL PRIMARY KEY,
    "claim_id" UUID,
    "storage_key" VARCHAR(200) NOT NULL,
    "content_type" VARCHAR(40) NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_proof_by_key" UNIQUE ("storage_key")
);
CREATE INDEX "forward_proof_by_picture" ON "forward_proof" ("sha256", "claim_id");
CREATE INDEX "forward_proof_by_member" ON "forward_proof" ("member_id", "created_at");
CREATE INDEX "forward_proof_by_use" ON "forward_proof" ("claim_id", "created_at");
COMMENT ON COLUMN "forward_proof"."claim_id" IS 'The claim that it was handed in for.';
COMMENT ON COLUMN "forward_proof"."sha256" IS 'Of the picture''s size and colours.';
CREATE TABLE "forward_take_back" (
    "id" UUID NOT NULL PRIMARY KEY,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "claim_id" UUID NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_take_back_once" UNIQUE ("claim_id")
);
CREATE TABLE "sharing_acceptance" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "words" VARCHAR(500) NOT NULL,
    "clauses" JSONB NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "task_id" UUID NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "sharing_acceptance_once" UNIQUE ("task_id", "version")
);
COMMENT ON COLUMN "sharing_acceptance"."version" IS 'The version of the task that it is about.';
COMMENT ON COLUMN "sharing_acceptance"."words" IS 'What the operator wrote.';
COMMENT ON COLUMN "sharing_acceptance"."clauses" IS 'Code, words and source of each clause, as of then.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "sharing_acceptance_refuses_change" BEFORE UPDATE OR DELETE ON "sharing_acceptance" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "sharing_acceptance_refuses_truncate" BEFORE TRUNCATE ON "sharing_acceptance" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

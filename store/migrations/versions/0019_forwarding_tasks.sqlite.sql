CREATE TABLE "forward_bar" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "claim_id" CHAR(36) NOT NULL /* The claim that failed. */,
    "decision_id" CHAR(36) NOT NULL /* The decision that it is of. */,
    "until" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "lifted_at" TIMESTAMP,
    "lifted_by" CHAR(36) /* The decision that lifted it. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_bar_once" UNIQUE ("decision_id")
);
CREATE INDEX "forward_bar_by_member" ON "forward_bar" ("member_id", "until");
CREATE INDEX "forward_bar_by_claim" ON "forward_bar" ("claim_id");
CREATE TABLE "forward_task" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "title" VARCHAR(60) NOT NULL,
    "description" TEXT,
    "mode" VARCHAR(20) NOT NULL /* HONOUR: honour\nVISITS: visits\nCONVERSIONS: conversions\nSCREENSHOT: screenshot */,
    "state" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nSTOPPED: stopped\nENDED: ended\nVOIDED: voided */,
    "version" INT NOT NULL /* Rises with each change of its terms. */,
    "starts_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL /* The instant after its last one. */,
    "materials" JSON NOT NULL,
    "targets" JSON NOT NULL,
    "audience" JSON NOT NULL,
    "total_most" INT /* Places in all. */,
    "day_most" INT /* Places of one day of the brand. */,
    "points" INT NOT NULL /* For a claim of honour or with a screenshot. */,
    "milestones" JSON NOT NULL,
    "hold_hours" INT NOT NULL /* How long points are pending. */,
    "sample_percent" SMALLINT NOT NULL /* How many of a hundred claims of honour are looked at. */,
    "proof_hours" INT NOT NULL /* Within how long a proof that was asked for is due. */,
    "bar_days" INT NOT NULL /* How long who failed a sample takes no task of honour. */,
    "exclusions" JSON NOT NULL,
    "profile" VARCHAR(10) NOT NULL /* STRICT: strict\nPLATFORM: platform */,
    "in_mini_program" INT NOT NULL,
    "promotes_virtual" INT NOT NULL,
    "is_required" INT NOT NULL,
    "gives_chance" INT NOT NULL,
    "page" VARCHAR(100) /* Where codes lead; absent: the usual page. */,
    "broken" JSON NOT NULL /* Clauses that it breaks by now and nobody accepted. */,
    "looked_at_on" DATE /* The day of the last look at these. */,
    "claimed" INT NOT NULL /* Places that were taken. */,
    "claimed_on" DATE /* The last day of which places were taken. */,
    "claimed_that_day" INT NOT NULL,
    "pending" VARCHAR(10) /* WAIT: wait\nRELEASE: release\nTAKE_BACK: take_back */,
    "unwound_at" TIMESTAMP /* When all that was due came back. */,
    "published_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "budget_id" CHAR(36) REFERENCES "budget" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_task_has_a_window" CHECK (starts_at < ends_at),
    CONSTRAINT "forward_task_within_quota" CHECK (claimed >= 0 AND (total_most IS NULL OR claimed <= total_most))
);
CREATE INDEX "forward_task_by_state" ON "forward_task" ("state", "ends_at");
CREATE INDEX "forward_task_by_start" ON "forward_task" ("starts_at", "id");
CREATE TABLE "forward_claim" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL /* The version of the task that it was taken under. */,
    "state" VARCHAR(12) NOT NULL /* TAKEN: taken\nCLAIMED: claimed\nPROOF_ASKED: proof_asked\nAPPROVED: approved\nREJECTED: rejected\nTAKEN_BACK: taken_back */,
    "round" SMALLINT NOT NULL /* How often something was handed in. */,
    "is_counted" INT NOT NULL /* Whether what comes by its code is counted. */,
    "counts_until" TIMESTAMP NOT NULL /* The end of the task by that version. */,
    "exclusions" JSON NOT NULL /* Visits that do not count, by that version. */,
    "is_sampled" INT NOT NULL /* Honour: whether it is among those looked at. */,
    "reward_id" CHAR(36) /* What its last hand-in set pending. */,
    "proof_id" CHAR(36) /* The picture that was handed in last. */,
    "proof_due_at" TIMESTAMP /* Until when a proof may come. */,
    "taken_at" TIMESTAMP NOT NULL,
    "claimed_at" TIMESTAMP,
    "queued_at" TIMESTAMP /* Since when it waits for a reviewer. */,
    "weighed_at" TIMESTAMP /* When it was counted last, while it is. */,
    "code_id" CHAR(36) REFERENCES "scene_code" ("id") ON DELETE RESTRICT /* The member's own; none where the task is outside the mini-program. */,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "task_id" CHAR(36) NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_claim_once" UNIQUE ("task_id", "member_id")
);
CREATE INDEX "idx_forward_cla_code_id_798a1c" ON "forward_claim" ("code_id");
CREATE INDEX "forward_claim_by_task" ON "forward_claim" ("task_id", "taken_at", "id");
CREATE INDEX "forward_claim_by_member" ON "forward_claim" ("member_id", "taken_at", "id");
CREATE UNIQUE INDEX "forward_claim_queue" ON "forward_claim" ("queued_at", "id") WHERE queued_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_claim_asked" ON "forward_claim" ("proof_due_at", "id") WHERE proof_due_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_claim_weighed" ON "forward_claim" ("weighed_at", "id") WHERE weighed_at IS NOT NULL;
CREATE TABLE "forward_decision" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "round" SMALLINT NOT NULL /* Which hand-in it is about. */,
    "verdict" VARCHAR(12) NOT NULL /* APPROVED: approved\nREJECTED: rejected\nPROOF_ASKED: proof_asked */,
    "reason" VARCHAR(20) /* NOT_FORWARDED: not_forwarded\nWRONG_CONTENT: wrong_content\nWRONG_TARGET: wrong_target\nUNREADABLE: unreadable\nSAME_PICTURE: same_picture\nFORGED: forged\nTOO_LATE: too_late\nNO_PROOF: no_proof */,
    "note" VARCHAR(200),
    "staff_id" CHAR(36) /* Absent where a proof did not come in time. */,
    "created_at" TIMESTAMP NOT NULL,
    "undone_at" TIMESTAMP,
    "undone_by" CHAR(36),
    "claim_id" CHAR(36) NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT
);
CREATE INDEX "forward_decision_by_staff" ON "forward_decision" ("staff_id", "created_at", "id");
CREATE INDEX "forward_decision_by_time" ON "forward_decision" ("created_at", "id");
CREATE INDEX "forward_decision_by_claim" ON "forward_decision" ("claim_id", "created_at", "id");
CREATE UNIQUE INDEX "forward_decision_once" ON "forward_decision" ("claim_id", "round") WHERE undone_at IS NULL AND verdict <> 'proof_asked';
CREATE TABLE "forward_reward" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "claim_id" CHAR(36) NOT NULL,
    "version" INT NOT NULL /* The version of the task that pays it. */,
    "cause" VARCHAR(40) NOT NULL /* The milestone, or which time the claim was handed in. */,
    "amount" INT NOT NULL,
    "budget_id" CHAR(36) /* The budget that paid. */,
    "state" VARCHAR(10) NOT NULL /* WAITING: waiting\nHELD: held\nPAID: paid\nREJECTED: rejected\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived\nUNREACHED: unreached */,
    "release_at" TIMESTAMP NOT NULL /* When it is the member's own, unless it is looked at. */,
    "due_at" TIMESTAMP /* When it is released or taken back. */,
    "note" VARCHAR(200) /* Why it was taken back. */,
    "created_at" TIMESTAMP NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "task_id" CHAR(36) NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_reward_once_per_cause" UNIQUE ("claim_id", "cause"),
    CONSTRAINT "forward_reward_pays" CHECK (amount > 0),
    CONSTRAINT "forward_reward_due_while_open" CHECK ((due_at IS NOT NULL) = (state IN ('held', 'rejected')))
);
CREATE INDEX "forward_reward_by_task" ON "forward_reward" ("task_id", "state", "id");
CREATE INDEX "forward_reward_by_member" ON "forward_reward" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "forward_reward_due" ON "forward_reward" ("due_at", "id") WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX "forward_reward_owed" ON "forward_reward" ("changed_at", "id") WHERE state = 'owed';
CREATE TABLE "forward_task_version" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "terms" JSON NOT NULL /* The terms as columns of the task. */,
    "created_at" TIMESTAMP NOT NULL,
    "task_id" CHAR(36) NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_task_version_once" UNIQUE ("task_id", "version")
);
CREATE TRIGGER IF NOT EXISTS "forward_task_version_refuses_update" BEFORE UPDATE ON "forward_task_version"
BEGIN
    SELECT RAISE(ABORT, 'forward_task_version is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "forward_task_version_refuses_delete" BEFORE DELETE ON "forward_task_version"
BEGIN
    SELECT RAISE(ABORT, 'forward_task_version is append-only');
END;
CREATE TABLE "forward_ending" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* STOPPED: stopped\nVOIDED: voided */,
    "pending" VARCHAR(10) NOT NULL /* WAIT: wait\nRELEASE: release\nTAKE_BACK: take_back */,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "task_id" CHAR(36) NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT
);
CREATE INDEX "forward_ending_by_task" ON "forward_ending" ("task_id", "created_at", "id");
CREATE TABLE "forward_hand_in" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "round" SMALLINT NOT NULL /* From 1. */,
    "proof_id" CHAR(36),
    "words" VARCHAR(200) /* What the member said to it. */,
    "seed" VARCHAR(32) /* Honour: what decided whether it is looked at. */,
    "is_disputed" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "claim_id" CHAR(36) NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_hand_in_once" UNIQUE ("claim_id", "round")
);
CREATE INDEX "forward_hand_in_by_member" ON "forward_hand_in" ("member_id", "created_at");
CREATE TRIGGER IF NOT EXISTS "forward_hand_in_refuses_update" BEFORE UPDATE OF "id", "member_id", "round", "proof_id", "seed", "is_disputed", "created_at", "claim_id" ON "forward_hand_in"
BEGIN
    SELECT RAISE(ABORT, 'forward_hand_in is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "forward_hand_in_refuses_rewriting" BEFORE UPDATE ON "forward_hand_in" WHEN NEW."words" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'forward_hand_in is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "forward_hand_in_refuses_delete" BEFORE DELETE ON "forward_hand_in"
BEGIN
    SELECT RAISE(ABORT, 'forward_hand_in is append-only');
END;
CREATE TABLE "forward_proof" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "claim_id" CHAR(36) /* The claim that it was handed in for. */,
    "storage_key" VARCHAR(200) NOT NULL,
    "content_type" VARCHAR(40) NOT NULL,
    "sha256" VARCHAR(64) NOT NULL /* Of the picture's size and colours. */,
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_proof_by_key" UNIQUE ("storage_key")
);
CREATE INDEX "forward_proof_by_picture" ON "forward_proof" ("sha256", "claim_id");
CREATE INDEX "forward_proof_by_member" ON "forward_proof" ("member_id", "created_at");
CREATE INDEX "forward_proof_by_use" ON "forward_proof" ("claim_id", "created_at");
CREATE TABLE "forward_take_back" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "reason" VARCHAR(200) NOT NULL,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "claim_id" CHAR(36) NOT NULL REFERENCES "forward_claim" ("id") ON DELETE RESTRICT,
    CONSTRAINT "forward_take_back_once" UNIQUE ("claim_id")
);
CREATE TABLE "sharing_acceptance" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL /* The version of the task that it is about. */,
    "words" VARCHAR(500) NOT NULL /* What the operator wrote. */,
    "clauses" JSON NOT NULL /* Code, words and source of each clause, as of then. */,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "task_id" CHAR(36) NOT NULL REFERENCES "forward_task" ("id") ON DELETE RESTRICT,
    CONSTRAINT "sharing_acceptance_once" UNIQUE ("task_id", "version")
);
CREATE TRIGGER IF NOT EXISTS "sharing_acceptance_refuses_update" BEFORE UPDATE ON "sharing_acceptance"
BEGIN
    SELECT RAISE(ABORT, 'sharing_acceptance is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "sharing_acceptance_refuses_delete" BEFORE DELETE ON "sharing_acceptance"
BEGIN
    SELECT RAISE(ABORT, 'sharing_acceptance is append-only');
END;

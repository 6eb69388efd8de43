CREATE TABLE "member_device" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "hash" VARCHAR(64) NOT NULL /* Keyed, so that nobody can tell the device from it. */,
    "seen_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_device_once" UNIQUE ("member_id", "hash")
);
CREATE INDEX "member_device_by_hash" ON "member_device" ("hash", "member_id");
CREATE INDEX "member_device_by_age" ON "member_device" ("seen_at");
CREATE TABLE "referral_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* BOUND: bound\nREBOUND: rebound\nCLEARED: cleared */,
    "inviter_before_id" CHAR(36),
    "inviter_after_id" CHAR(36),
    "reason" VARCHAR(200),
    "proof" VARCHAR(500) /* What shows it, in words or by address. */,
    "takes_back" INT NOT NULL /* Whether what was paid before is taken back. */,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_change_of_a_bond" CHECK (inviter_before_id IS NOT NULL OR inviter_after_id IS NOT NULL)
);
CREATE INDEX "referral_change_by_member" ON "referral_change" ("member_id", "changed_at", "id");
CREATE INDEX "referral_change_by_inviter" ON "referral_change" ("inviter_before_id");
CREATE INDEX "referral_change_by_time" ON "referral_change" ("changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "referral_change_refuses_update" BEFORE UPDATE OF "id", "kind", "inviter_before_id", "inviter_after_id", "takes_back", "by_kind", "by_id", "changed_at", "member_id" ON "referral_change"
BEGIN
    SELECT RAISE(ABORT, 'referral_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "referral_change_refuses_rewriting" BEFORE UPDATE ON "referral_change" WHEN NEW."reason" IS NOT NULL OR NEW."proof" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'referral_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "referral_change_refuses_delete" BEFORE DELETE ON "referral_change"
BEGIN
    SELECT RAISE(ABORT, 'referral_change is append-only');
END;
CREATE TABLE "referral_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "bind_mode" VARCHAR(20) NOT NULL /* FIRST_EVER: first_ever\nAT_REGISTRATION: at_registration\nPROTECT_DAYS: protect_days\nUNTIL_FIRST_VALUE: until_first_value\nOVERWRITE: overwrite */,
    "protect_days" INT NOT NULL /* How long a bond may not be replaced where the mode protects it. */,
    "levels_paid" SMALLINT NOT NULL /* 0: nobody is paid, 1: who brought, 2: who brought that one too. */,
    "tiers" JSON NOT NULL,
    "lost_voids_assist" INT NOT NULL /* Whether an invitee that is lost counts for no tier any more. */,
    "burst_count" INT NOT NULL /* So many of one inviter within `burst_minutes` are looked at. */,
    "burst_minutes" INT NOT NULL,
    "silent_days" INT NOT NULL /* Days after which somebody without a check-in counts as silent. */,
    "silent_chain" INT NOT NULL /* So many silent ones in a row are looked at. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "referral_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "referral_policy_two_levels_at_most" CHECK (levels_paid BETWEEN 0 AND 2)
);
CREATE UNIQUE INDEX "referral_policy_one_active" ON "referral_policy" ("is_active") WHERE is_active;
CREATE TABLE "referral_finding" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL /* BURST: burst\nSAME_DEVICE: same_device\nSILENT_CHAIN: silent_chain */,
    "cause" VARCHAR(80) NOT NULL /* What it is known by, so that it is found once. */,
    "named" JSON NOT NULL /* The invitees it is about. */,
    "state" VARCHAR(10) NOT NULL /* OPEN: open\nCLEARED: cleared\nVOIDED: voided */,
    "reason" VARCHAR(200),
    "staff_id" CHAR(36),
    "found_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_finding_once" UNIQUE ("kind", "cause"),
    CONSTRAINT "referral_finding_decided_at_an_instant" CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX "referral_finding_by_state" ON "referral_finding" ("state", "found_at", "id");
CREATE INDEX "referral_finding_by_member" ON "referral_finding" ("member_id", "found_at");
CREATE TABLE "referral_reward" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL /* REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase */,
    "level" SMALLINT NOT NULL /* Steps above the invitee: 0 itself, 1 its inviter, 2 the one above. */,
    "levels_paid" SMALLINT NOT NULL /* To how many levels the policy paid then. */,
    "behaviour" VARCHAR(40) NOT NULL /* CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nINVITE_TIER: invite_tier\nINVITED_REGISTERED: invited_registered\nINVITED_INTRODUCED: invited_introduced\nINVITED_FIRST_CHECK_IN: invited_first_check_in\nINVITED_FIRST_PURCHASE: invited_first_purchase\nGRAND_INVITE_REGISTERED: grand_invite_registered\nGRAND_INVITE_INTRODUCED: grand_invite_introduced\nGRAND_INVITE_FIRST_CHECK_IN: grand_invite_first_check_in\nGRAND_INVITE_FIRST_PURCHASE: grand_invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended */,
    "amount" BIGINT NOT NULL /* Points in all. */,
    "state" VARCHAR(10) NOT NULL /* PAID: paid\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived */,
    "note" VARCHAR(200) /* Why it was taken back. */,
    "created_at" TIMESTAMP NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "invitee_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_reward_once" UNIQUE ("invitee_id", "stage", "level"),
    CONSTRAINT "referral_reward_two_levels_at_most" CHECK (level BETWEEN 0 AND levels_paid AND levels_paid BETWEEN 0 AND 2)
);
CREATE INDEX "referral_reward_by_member" ON "referral_reward" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "referral_reward_owed" ON "referral_reward" ("changed_at", "id") WHERE state = 'owed';
CREATE TABLE "referral_stage" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL /* REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase */,
    "reached_at" TIMESTAMP NOT NULL,
    "voided_at" TIMESTAMP,
    "invitee_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_stage_once" UNIQUE ("invitee_id", "stage")
);
CREATE INDEX "referral_stage_by_time" ON "referral_stage" ("stage", "reached_at");
CREATE TABLE "referral_team" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "generation" SMALLINT NOT NULL /* Steps below the member. */,
    "members" INT NOT NULL,
    "activated" INT NOT NULL /* Those of them who have checked in. */,
    CONSTRAINT "referral_team_once" UNIQUE ("member_id", "generation"),
    CONSTRAINT "referral_team_generations" CHECK (generation BETWEEN 1 AND 100)
);
CREATE TABLE "referral_tier_award" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL /* REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase */,
    "people" INT NOT NULL /* So many reached the stage. */,
    "amount" BIGINT NOT NULL,
    "state" VARCHAR(10) NOT NULL /* PAID: paid\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived */,
    "created_at" TIMESTAMP NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_tier_award_once" UNIQUE ("member_id", "stage", "people"),
    CONSTRAINT "referral_tier_award_for_somebody" CHECK (people > 0)
);
CREATE TABLE "new_referral" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "ordinal" INT NOT NULL /* Its number among those of its inviter, from 0. */,
    "root_id" CHAR(36) NOT NULL /* Who stands at the top of its tree. */,
    "depth" INT NOT NULL /* Steps below the root. */,
    "trunk" BLOB NOT NULL /* The beginning of the path. */,
    "path" BLOB NOT NULL /* The numbers of the steps down to it. */,
    "activated_at" TIMESTAMP /* When the invitee first checked in. */,
    "is_counted" INT NOT NULL /* Whether the teams above count it. */,
    "is_activation_counted" INT NOT NULL,
    "needs_counting" INT NOT NULL /* Whether the teams above have yet to learn of it. */,
    "invitee_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "inviter_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_one_inviter" UNIQUE ("invitee_id"),
    CONSTRAINT "referral_numbered" UNIQUE ("inviter_id", "ordinal"),
    CONSTRAINT "referral_of_another" CHECK (inviter_id <> invitee_id),
    CONSTRAINT "referral_not_its_own_root" CHECK (root_id <> invitee_id),
    CONSTRAINT "referral_below_its_root" CHECK (depth > 0 AND ordinal >= 0)
);
INSERT INTO "new_referral" ("id", "created_at", "ordinal", "root_id", "depth", "trunk", "path", "activated_at", "is_counted", "is_activation_counted", "needs_counting", "invitee_id", "inviter_id")
WITH RECURSIVE numbered AS (
    SELECT inviter_id, invitee_id, row_number() OVER (PARTITION BY inviter_id ORDER BY created_at, id) - 1 AS ordinal
    FROM referral
), tree(invitee_id, ordinal, root_id, depth, path) AS (
    SELECT n.invitee_id, n.ordinal, n.inviter_id, 1, printf('%06x', n.ordinal) FROM numbered n
    WHERE NOT EXISTS (SELECT 1 FROM referral r WHERE r.invitee_id = n.inviter_id)
    UNION ALL SELECT n.invitee_id, n.ordinal, t.root_id, t.depth + 1, t.path || printf('%06x', n.ordinal)
    FROM numbered n JOIN tree t ON t.invitee_id = n.inviter_id
)
SELECT r.id, r.created_at, t.ordinal, t.root_id, t.depth, CAST(substr(t.path, 1, 1596) AS BLOB), CAST(t.path AS BLOB),
    (SELECT min(k.created_at) FROM check_in k WHERE k.member_id = r.invitee_id AND k.voided_at IS NULL), 0, 0, 1, r.invitee_id, r.inviter_id
FROM referral r JOIN tree t ON t.invitee_id = r.invitee_id;
DROP TABLE "referral";
ALTER TABLE "new_referral" RENAME TO "referral";
CREATE INDEX "referral_by_inviter" ON "referral" ("inviter_id", "created_at", "id");
CREATE INDEX "referral_by_place" ON "referral" ("root_id", "trunk", "depth", "id");
CREATE INDEX "referral_by_time" ON "referral" ("created_at", "id");
CREATE UNIQUE INDEX "referral_to_count" ON "referral" ("id") WHERE needs_counting;
INSERT INTO "referral_stage" ("id", "stage", "reached_at", "invitee_id")
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), s.stage, s.reached_at, r.invitee_id FROM referral r JOIN (
    SELECT invitee_id AS member_id, 'registered' AS stage, created_at AS reached_at FROM referral
    UNION ALL SELECT member_id, 'introduced', published_at FROM introduction WHERE version = 1
    UNION ALL SELECT member_id, 'first_check_in', min(created_at) FROM check_in WHERE voided_at IS NULL GROUP BY member_id
    UNION ALL SELECT member_id, 'first_purchase', min(confirmed_at) FROM mall_order
    WHERE confirmed_at IS NOT NULL AND status NOT IN ('cancelled', 'refunded') GROUP BY member_id
) s ON s.member_id = r.invitee_id;

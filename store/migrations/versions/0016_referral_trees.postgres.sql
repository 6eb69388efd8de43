CREATE TABLE "member_device" (
    "id" UUID NOT NULL PRIMARY KEY,
    "hash" VARCHAR(64) NOT NULL,
    "seen_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "member_device_once" UNIQUE ("member_id", "hash")
);
CREATE INDEX "member_device_by_hash" ON "member_device" ("hash", "member_id");
CREATE INDEX "member_device_by_age" ON "member_device" ("seen_at");
COMMENT ON COLUMN "member_device"."hash" IS 'Keyed, so that nobody can tell the device from it.';
CREATE TABLE "referral_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "inviter_before_id" UUID,
    "inviter_after_id" UUID,
    "reason" VARCHAR(200),
    "proof" VARCHAR(500),
    "takes_back" BOOL NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_change_of_a_bond" CHECK (inviter_before_id IS NOT NULL OR inviter_after_id IS NOT NULL)
);
CREATE INDEX "referral_change_by_member" ON "referral_change" ("member_id", "changed_at", "id");
CREATE INDEX "referral_change_by_inviter" ON "referral_change" ("inviter_before_id");
CREATE INDEX "referral_change_by_time" ON "referral_change" ("changed_at", "id");
COMMENT ON COLUMN "referral_change"."kind" IS 'BOUND: bound\nREBOUND: rebound\nCLEARED: cleared';
COMMENT ON COLUMN "referral_change"."proof" IS 'What shows it, in words or by address.';
COMMENT ON COLUMN "referral_change"."takes_back" IS 'Whether what was paid before is taken back.';
COMMENT ON COLUMN "referral_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "referral_change_refuses_change" BEFORE DELETE ON "referral_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "referral_change_refuses_rewriting" BEFORE UPDATE ON "referral_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('reason', NULL, 'proof', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "referral_change_refuses_truncate" BEFORE TRUNCATE ON "referral_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "referral_policy" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "bind_mode" VARCHAR(20) NOT NULL,
    "protect_days" INT NOT NULL,
    "levels_paid" SMALLINT NOT NULL,
    "tiers" JSONB NOT NULL,
    "lost_voids_assist" BOOL NOT NULL,
    "burst_count" INT NOT NULL,
    "burst_minutes" INT NOT NULL,
    "silent_days" INT NOT NULL,
    "silent_chain" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "referral_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "referral_policy_two_levels_at_most" CHECK (levels_paid BETWEEN 0 AND 2)
);
COMMENT ON COLUMN "referral_policy"."is_active" IS 'Whether it is the version that holds.';
COMMENT ON COLUMN "referral_policy"."bind_mode" IS 'FIRST_EVER: first_ever\nAT_REGISTRATION: at_registration\nPROTECT_DAYS: protect_days\nUNTIL_FIRST_VALUE: until_first_value\nOVERWRITE: overwrite';
COMMENT ON COLUMN "referral_policy"."protect_days" IS 'How long a bond may not be replaced where the mode protects it.';
COMMENT ON COLUMN "referral_policy"."levels_paid" IS '0: nobody is paid, 1: who brought, 2: who brought that one too.';
COMMENT ON COLUMN "referral_policy"."lost_voids_assist" IS 'Whether an invitee that is lost counts for no tier any more.';
COMMENT ON COLUMN "referral_policy"."burst_count" IS 'So many of one inviter within `burst_minutes` are looked at.';
COMMENT ON COLUMN "referral_policy"."silent_days" IS 'Days after which somebody without a check-in counts as silent.';
COMMENT ON COLUMN "referral_policy"."silent_chain" IS 'So many silent ones in a row are looked at.';
CREATE UNIQUE INDEX "referral_policy_one_active" ON "referral_policy" ("is_active") WHERE is_active;
CREATE TABLE "referral_finding" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(20) NOT NULL,
    "cause" VARCHAR(80) NOT NULL,
    "named" JSONB NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "reason" VARCHAR(200),
    "staff_id" UUID,
    "found_at" TIMESTAMPTZ NOT NULL,
    "decided_at" TIMESTAMPTZ,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_finding_once" UNIQUE ("kind", "cause"),
    CONSTRAINT "referral_finding_decided_at_an_instant" CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX "referral_finding_by_state" ON "referral_finding" ("state", "found_at", "id");
CREATE INDEX "referral_finding_by_member" ON "referral_finding" ("member_id", "found_at");
COMMENT ON COLUMN "referral_finding"."kind" IS 'BURST: burst\nSAME_DEVICE: same_device\nSILENT_CHAIN: silent_chain';
COMMENT ON COLUMN "referral_finding"."cause" IS 'What it is known by, so that it is found once.';
COMMENT ON COLUMN "referral_finding"."named" IS 'The invitees it is about.';
COMMENT ON COLUMN "referral_finding"."state" IS 'OPEN: open\nCLEARED: cleared\nVOIDED: voided';
CREATE TABLE "referral_reward" (
    "id" UUID NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL,
    "level" SMALLINT NOT NULL,
    "levels_paid" SMALLINT NOT NULL,
    "behaviour" VARCHAR(40) NOT NULL,
    "amount" BIGINT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "note" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "invitee_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_reward_once" UNIQUE ("invitee_id", "stage", "level"),
    CONSTRAINT "referral_reward_two_levels_at_most" CHECK (level BETWEEN 0 AND levels_paid AND levels_paid BETWEEN 0 AND 2)
);
CREATE INDEX "referral_reward_by_member" ON "referral_reward" ("member_id", "created_at", "id");
COMMENT ON COLUMN "referral_reward"."stage" IS 'REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase';
COMMENT ON COLUMN "referral_reward"."level" IS 'Steps above the invitee: 0 itself, 1 its inviter, 2 the one above.';
COMMENT ON COLUMN "referral_reward"."levels_paid" IS 'To how many levels the policy paid then.';
COMMENT ON COLUMN "referral_reward"."behaviour" IS 'CHECKED_IN: checked_in\nPROFILE_COMPLETED: profile_completed\nINTRODUCED: introduced\nINVITE_REGISTERED: invite_registered\nINVITE_INTRODUCED: invite_introduced\nINVITE_FIRST_CHECK_IN: invite_first_check_in\nINVITE_FIRST_PURCHASE: invite_first_purchase\nINVITE_TIER: invite_tier\nINVITED_REGISTERED: invited_registered\nINVITED_INTRODUCED: invited_introduced\nINVITED_FIRST_CHECK_IN: invited_first_check_in\nINVITED_FIRST_PURCHASE: invited_first_purchase\nGRAND_INVITE_REGISTERED: grand_invite_registered\nGRAND_INVITE_INTRODUCED: grand_invite_introduced\nGRAND_INVITE_FIRST_CHECK_IN: grand_invite_first_check_in\nGRAND_INVITE_FIRST_PURCHASE: grand_invite_first_purchase\nPOSTED: posted\nINTERACTED: interacted\nPLAYED: played\nTASK_DONE: task_done\nPURCHASED: purchased\nCOURSE_ATTENDED: course_attended\nQUIZ_PASSED: quiz_passed\nEVENT_ATTENDED: event_attended';
COMMENT ON COLUMN "referral_reward"."amount" IS 'Points in all.';
COMMENT ON COLUMN "referral_reward"."state" IS 'PAID: paid\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived';
COMMENT ON COLUMN "referral_reward"."note" IS 'Why it was taken back.';
CREATE UNIQUE INDEX "referral_reward_owed" ON "referral_reward" ("changed_at", "id") WHERE state = 'owed';
CREATE TABLE "referral_stage" (
    "id" UUID NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL,
    "reached_at" TIMESTAMPTZ NOT NULL,
    "voided_at" TIMESTAMPTZ,
    "invitee_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_stage_once" UNIQUE ("invitee_id", "stage")
);
CREATE INDEX "referral_stage_by_time" ON "referral_stage" ("stage", "reached_at");
COMMENT ON COLUMN "referral_stage"."stage" IS 'REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase';
CREATE TABLE "referral_team" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "generation" SMALLINT NOT NULL,
    "members" INT NOT NULL,
    "activated" INT NOT NULL,
    CONSTRAINT "referral_team_once" UNIQUE ("member_id", "generation"),
    CONSTRAINT "referral_team_generations" CHECK (generation BETWEEN 1 AND 100)
);
COMMENT ON COLUMN "referral_team"."generation" IS 'Steps below the member.';
COMMENT ON COLUMN "referral_team"."activated" IS 'Those of them who have checked in.';
CREATE TABLE "referral_tier_award" (
    "id" UUID NOT NULL PRIMARY KEY,
    "stage" VARCHAR(20) NOT NULL,
    "people" INT NOT NULL,
    "amount" BIGINT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "referral_tier_award_once" UNIQUE ("member_id", "stage", "people"),
    CONSTRAINT "referral_tier_award_for_somebody" CHECK (people > 0)
);
COMMENT ON COLUMN "referral_tier_award"."stage" IS 'REGISTERED: registered\nINTRODUCED: introduced\nFIRST_CHECK_IN: first_check_in\nFIRST_PURCHASE: first_purchase';
COMMENT ON COLUMN "referral_tier_award"."people" IS 'So many reached the stage.';
COMMENT ON COLUMN "referral_tier_award"."state" IS 'PAID: paid\nTAKEN_BACK: taken_back\nOWED: owed\nWAIVED: waived';
ALTER TABLE "referral" ADD COLUMN "ordinal" integer;
ALTER TABLE "referral" ADD COLUMN "root_id" uuid;
ALTER TABLE "referral" ADD COLUMN "depth" integer;
ALTER TABLE "referral" ADD COLUMN "trunk" bytea;
ALTER TABLE "referral" ADD COLUMN "path" bytea;
ALTER TABLE "referral" ADD COLUMN "is_counted" boolean NOT NULL DEFAULT FALSE;
ALTER TABLE "referral" ADD COLUMN "is_activation_counted" boolean NOT NULL DEFAULT FALSE;
ALTER TABLE "referral" ADD COLUMN "needs_counting" boolean NOT NULL DEFAULT TRUE;
ALTER TABLE "referral" ADD COLUMN "activated_at" timestamp with time zone;
WITH RECURSIVE numbered AS (
    SELECT inviter_id, invitee_id, row_number() OVER (PARTITION BY inviter_id ORDER BY created_at, id) - 1 AS ordinal
    FROM referral
), tree(invitee_id, ordinal, root_id, depth, path) AS (
    SELECT n.invitee_id, n.ordinal, n.inviter_id, 1, lpad(to_hex(n.ordinal), 6, '0') FROM numbered n
    WHERE NOT EXISTS (SELECT 1 FROM referral r WHERE r.invitee_id = n.inviter_id)
    UNION ALL SELECT n.invitee_id, n.ordinal, t.root_id, t.depth + 1, t.path || lpad(to_hex(n.ordinal), 6, '0')
    FROM numbered n JOIN tree t ON t.invitee_id = n.inviter_id
)
UPDATE referral r SET ordinal = t.ordinal, root_id = t.root_id, depth = t.depth, path = convert_to(t.path, 'UTF8'),
    trunk = convert_to(left(t.path, 1596), 'UTF8'), activated_at = (SELECT min(k.created_at) FROM check_in k WHERE k.member_id = r.invitee_id AND k.voided_at IS NULL)
FROM tree t WHERE t.invitee_id = r.invitee_id;
ALTER TABLE "referral" ALTER COLUMN "ordinal" SET NOT NULL;
ALTER TABLE "referral" ALTER COLUMN "root_id" SET NOT NULL;
ALTER TABLE "referral" ALTER COLUMN "depth" SET NOT NULL;
ALTER TABLE "referral" ALTER COLUMN "trunk" SET NOT NULL;
ALTER TABLE "referral" ALTER COLUMN "path" SET NOT NULL;
ALTER TABLE "referral" ALTER COLUMN "is_counted" DROP DEFAULT;
ALTER TABLE "referral" ALTER COLUMN "is_activation_counted" DROP DEFAULT;
ALTER TABLE "referral" ALTER COLUMN "needs_counting" DROP DEFAULT;
ALTER TABLE "referral" ADD CONSTRAINT "referral_not_its_own_root" CHECK ((root_id <> invitee_id));
ALTER TABLE "referral" ADD CONSTRAINT "referral_below_its_root" CHECK (((depth > 0) AND (ordinal >= 0)));
ALTER TABLE "referral" ADD CONSTRAINT "referral_numbered" UNIQUE (inviter_id, ordinal);
CREATE INDEX referral_by_place ON public.referral USING btree (root_id, trunk, depth, id);
CREATE INDEX referral_by_time ON public.referral USING btree (created_at, id);
CREATE UNIQUE INDEX referral_to_count ON public.referral USING btree (id) WHERE needs_counting;
COMMENT ON COLUMN "referral"."ordinal" IS 'Its number among those of its inviter, from 0.';
COMMENT ON COLUMN "referral"."root_id" IS 'Who stands at the top of its tree.';
COMMENT ON COLUMN "referral"."depth" IS 'Steps below the root.';
COMMENT ON COLUMN "referral"."trunk" IS 'The beginning of the path.';
COMMENT ON COLUMN "referral"."path" IS 'The numbers of the steps down to it.';
COMMENT ON COLUMN "referral"."activated_at" IS 'When the invitee first checked in.';
COMMENT ON COLUMN "referral"."is_counted" IS 'Whether the teams above count it.';
COMMENT ON COLUMN "referral"."needs_counting" IS 'Whether the teams above have yet to learn of it.';
INSERT INTO "referral_stage" ("id", "stage", "reached_at", "invitee_id")
SELECT gen_random_uuid(), s.stage, s.reached_at, r.invitee_id FROM referral r JOIN (
    SELECT invitee_id AS member_id, 'registered' AS stage, created_at AS reached_at FROM referral
    UNION ALL SELECT member_id, 'introduced', published_at FROM introduction WHERE version = 1
    UNION ALL SELECT member_id, 'first_check_in', min(created_at) FROM check_in WHERE voided_at IS NULL GROUP BY member_id
    UNION ALL SELECT member_id, 'first_purchase', min(confirmed_at) FROM mall_order
    WHERE confirmed_at IS NOT NULL AND status NOT IN ('cancelled', 'refunded') GROUP BY member_id
) s ON s.member_id = r.invitee_id;

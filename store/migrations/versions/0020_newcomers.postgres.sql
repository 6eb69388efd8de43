CREATE TABLE "newcomer" (
    "id" UUID NOT NULL PRIMARY KEY,
    "membership_id" UUID,
    "zone" VARCHAR(64) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "days" SMALLINT NOT NULL,
    "steps" JSONB NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "joined_at" TIMESTAMPTZ NOT NULL,
    "joined_on" DATE NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "due_at" TIMESTAMPTZ NOT NULL,
    "spoke_at" TIMESTAMPTZ,
    "spoke_day" INT,
    "marked_at" TIMESTAMPTZ,
    "lifted_at" TIMESTAMPTZ,
    "left_at" TIMESTAMPTZ,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "newcomer_one_of_membership" UNIQUE ("membership_id"),
    CONSTRAINT "newcomer_left_at_an_instant" CHECK ((state = 'left') = (left_at IS NOT NULL)),
    CONSTRAINT "newcomer_spoke_on_a_day" CHECK ((spoke_at IS NULL) = (spoke_day IS NULL)),
    CONSTRAINT "newcomer_marked_at_an_instant" CHECK (state <> 'zombie' OR marked_at IS NOT NULL),
    CONSTRAINT "newcomer_spoke_at_an_instant" CHECK (state <> 'spoke' OR spoke_at IS NOT NULL)
);
CREATE INDEX "newcomer_by_due" ON "newcomer" ("state", "due_at", "id");
CREATE INDEX "newcomer_by_group" ON "newcomer" ("group_id", "state", "due_at", "id");
CREATE INDEX "newcomer_by_end" ON "newcomer" ("group_id", "ends_at", "id");
CREATE INDEX "newcomer_by_member" ON "newcomer" ("member_id", "joined_at", "id");
CREATE INDEX "newcomer_by_joined" ON "newcomer" ("joined_at", "id");
COMMENT ON COLUMN "newcomer"."membership_id" IS 'Its place in the group, while it has one.';
COMMENT ON COLUMN "newcomer"."days" IS 'The number of its last day; the day of joining is 0.';
COMMENT ON COLUMN "newcomer"."steps" IS 'Which steps are wanted of it.';
COMMENT ON COLUMN "newcomer"."state" IS 'UNDERWAY: underway\nSPOKE: spoke\nZOMBIE: zombie\nSPARED: spared\nLEFT: left';
COMMENT ON COLUMN "newcomer"."joined_on" IS 'The business day of joining.';
COMMENT ON COLUMN "newcomer"."ends_at" IS 'When its days were to end.';
COMMENT ON COLUMN "newcomer"."due_at" IS 'When they do end, with what it was given beside.';
COMMENT ON COLUMN "newcomer"."spoke_day" IS 'On which day, 0 being that of joining.';
COMMENT ON COLUMN "newcomer"."marked_at" IS 'When it became a zombie.';
COMMENT ON COLUMN "newcomer"."lifted_at" IS 'When that was over.';
CREATE UNIQUE INDEX "newcomer_present_once" ON "newcomer" ("group_id", "member_id") WHERE left_at IS NULL;
CREATE TABLE "first_word" (
    "id" UUID NOT NULL PRIMARY KEY,
    "said_at" TIMESTAMPTZ NOT NULL,
    "way" VARCHAR(10) NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "reported_at" TIMESTAMPTZ NOT NULL,
    "group_id" UUID NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "first_word_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_first_word_member__3a8504" ON "first_word" ("member_id");
COMMENT ON COLUMN "first_word"."way" IS 'REPLY: reply\nPOST: post\nPARTNER: partner\nSTAFF: staff';
COMMENT ON COLUMN "first_word"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE TABLE "introduction_mention" (
    "id" UUID NOT NULL PRIMARY KEY,
    "reply_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    CONSTRAINT "introduction_mention_once" UNIQUE ("reply_id", "member_id")
);
CREATE INDEX "introduction_mention_by_member" ON "introduction_mention" ("member_id");
COMMENT ON COLUMN "introduction_mention"."position" IS 'Its place among those of the reply, from 0.';
CREATE TABLE "introduction_reply" (
    "id" UUID NOT NULL PRIMARY KEY,
    "group_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "is_of_leader" BOOL NOT NULL,
    "text" VARCHAR(300),
    "created_at" TIMESTAMPTZ NOT NULL,
    "deleted_at" TIMESTAMPTZ,
    "deleted_by_kind" VARCHAR(10),
    "deleted_by_id" UUID,
    "author_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "newcomer_id" UUID NOT NULL REFERENCES "newcomer" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_reply_own_kind" CHECK ((kind = 'newcomer') = (author_id = member_id))
);
CREATE INDEX "introduction_reply_by_newcomer" ON "introduction_reply" ("newcomer_id", "created_at", "id");
CREATE INDEX "introduction_reply_by_member" ON "introduction_reply" ("member_id");
CREATE INDEX "introduction_reply_by_author" ON "introduction_reply" ("author_id", "created_at", "id");
COMMENT ON COLUMN "introduction_reply"."member_id" IS 'The newcomer who is answered.';
COMMENT ON COLUMN "introduction_reply"."kind" IS 'INVITER: inviter\nOWNER: owner\nNEWCOMER: newcomer\nMEMBER: member';
COMMENT ON COLUMN "introduction_reply"."is_of_leader" IS 'Whether its author looked after the group then.';
COMMENT ON COLUMN "introduction_reply"."text" IS 'Absent once somebody had it erased.';
COMMENT ON COLUMN "introduction_reply"."deleted_by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE TABLE "newcomer_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "newcomer_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "sender_id" UUID,
    "kind" VARCHAR(10) NOT NULL,
    "key" VARCHAR(90) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "newcomer_notice_once" UNIQUE ("newcomer_id", "member_id", "key")
);
CREATE INDEX "newcomer_notice_by_member" ON "newcomer_notice" ("member_id", "created_at", "id");
COMMENT ON COLUMN "newcomer_notice"."member_id" IS 'Who is told.';
COMMENT ON COLUMN "newcomer_notice"."newcomer_id" IS 'The row of the newcomer whom it is about.';
COMMENT ON COLUMN "newcomer_notice"."sender_id" IS 'The member who reminds, replies or mentions.';
COMMENT ON COLUMN "newcomer_notice"."kind" IS 'NUDGED: nudged\nREPLIED: replied\nMENTIONED: mentioned';
COMMENT ON COLUMN "newcomer_notice"."key" IS 'What it is told of once.';
CREATE TABLE "mention_opt_out" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "mention_opt_out_once" UNIQUE ("member_id")
);
CREATE TABLE "newcomer_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "newcomer_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "until" TIMESTAMPTZ,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "happened_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "newcomer_change_by_newcomer" ON "newcomer_change" ("newcomer_id", "happened_at", "id");
CREATE INDEX "newcomer_change_by_member" ON "newcomer_change" ("member_id");
COMMENT ON COLUMN "newcomer_change"."kind" IS 'MARKED: marked\nSPARED: spared\nPOSTPONED: postponed\nLIFTED: lifted\nANNULLED: annulled';
COMMENT ON COLUMN "newcomer_change"."until" IS 'When its days end from then on.';
COMMENT ON COLUMN "newcomer_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
COMMENT ON COLUMN "newcomer_change"."happened_at" IS 'From when it holds, however late it was written.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "newcomer_change_refuses_change" BEFORE DELETE ON "newcomer_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "newcomer_change_refuses_rewriting" BEFORE UPDATE ON "newcomer_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('reason', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "newcomer_change_refuses_truncate" BEFORE TRUNCATE ON "newcomer_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "newcomer_policy" (
    "id" UUID NOT NULL PRIMARY KEY,
    "zone" VARCHAR(64) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "days" SMALLINT NOT NULL,
    "steps" JSONB NOT NULL,
    "is_in_force" BOOL NOT NULL,
    "version" INT NOT NULL,
    "changed_at" TIMESTAMPTZ NOT NULL,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "newcomer_policy_one_of_group" UNIQUE ("group_id"),
    CONSTRAINT "newcomer_policy_one_of_circle" UNIQUE ("circle_id"),
    CONSTRAINT "newcomer_policy_of_one" CHECK ((group_id IS NULL) <> (circle_id IS NULL)),
    CONSTRAINT "newcomer_policy_days" CHECK (days BETWEEN 1 AND 60)
);
COMMENT ON COLUMN "newcomer_policy"."days" IS 'The number of the last day; the day of joining is 0.';
COMMENT ON COLUMN "newcomer_policy"."steps" IS 'Which steps are wanted.';
COMMENT ON COLUMN "newcomer_policy"."is_in_force" IS 'Kept once it was taken away, so that versions go on.';
CREATE TABLE "newcomer_note" (
    "id" UUID NOT NULL PRIMARY KEY,
    "newcomer_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "text" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "newcomer_note_by_newcomer" ON "newcomer_note" ("newcomer_id", "created_at", "id");
CREATE INDEX "newcomer_note_by_member" ON "newcomer_note" ("member_id");
CREATE INDEX "newcomer_note_by_author" ON "newcomer_note" ("by_id");
COMMENT ON COLUMN "newcomer_note"."text" IS 'Absent once somebody had it erased.';
COMMENT ON COLUMN "newcomer_note"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';

CREATE TABLE "newcomer" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "membership_id" CHAR(36) /* Its place in the group, while it has one. */,
    "zone" VARCHAR(64) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "days" SMALLINT NOT NULL /* The number of its last day; the day of joining is 0. */,
    "steps" JSON NOT NULL /* Which steps are wanted of it. */,
    "state" VARCHAR(10) NOT NULL /* UNDERWAY: underway\nSPOKE: spoke\nZOMBIE: zombie\nSPARED: spared\nLEFT: left */,
    "joined_at" TIMESTAMP NOT NULL,
    "joined_on" DATE NOT NULL /* The business day of joining. */,
    "ends_at" TIMESTAMP NOT NULL /* When its days were to end. */,
    "due_at" TIMESTAMP NOT NULL /* When they do end, with what it was given beside. */,
    "spoke_at" TIMESTAMP,
    "spoke_day" INT /* On which day, 0 being that of joining. */,
    "marked_at" TIMESTAMP /* When it became a zombie. */,
    "lifted_at" TIMESTAMP /* When that was over. */,
    "left_at" TIMESTAMP,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
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
CREATE UNIQUE INDEX "newcomer_present_once" ON "newcomer" ("group_id", "member_id") WHERE left_at IS NULL;
CREATE TABLE "first_word" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "said_at" TIMESTAMP NOT NULL,
    "way" VARCHAR(10) NOT NULL /* REPLY: reply\nPOST: post\nPARTNER: partner\nSTAFF: staff */,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "reported_at" TIMESTAMP NOT NULL,
    "group_id" CHAR(36) NOT NULL REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "first_word_once" UNIQUE ("group_id", "member_id")
);
CREATE INDEX "idx_first_word_member__3a8504" ON "first_word" ("member_id");
CREATE TABLE "introduction_mention" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "reply_id" CHAR(36) NOT NULL,
    "group_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "position" SMALLINT NOT NULL /* Its place among those of the reply, from 0. */,
    CONSTRAINT "introduction_mention_once" UNIQUE ("reply_id", "member_id")
);
CREATE INDEX "introduction_mention_by_member" ON "introduction_mention" ("member_id");
CREATE TABLE "introduction_reply" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "group_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL /* The newcomer who is answered. */,
    "kind" VARCHAR(10) NOT NULL /* INVITER: inviter\nOWNER: owner\nNEWCOMER: newcomer\nMEMBER: member */,
    "is_of_leader" INT NOT NULL /* Whether its author looked after the group then. */,
    "text" VARCHAR(300) /* Absent once somebody had it erased. */,
    "created_at" TIMESTAMP NOT NULL,
    "deleted_at" TIMESTAMP,
    "deleted_by_kind" VARCHAR(10) /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "deleted_by_id" CHAR(36),
    "author_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "newcomer_id" CHAR(36) NOT NULL REFERENCES "newcomer" ("id") ON DELETE RESTRICT,
    CONSTRAINT "introduction_reply_own_kind" CHECK ((kind = 'newcomer') = (author_id = member_id))
);
CREATE INDEX "introduction_reply_by_newcomer" ON "introduction_reply" ("newcomer_id", "created_at", "id");
CREATE INDEX "introduction_reply_by_member" ON "introduction_reply" ("member_id");
CREATE INDEX "introduction_reply_by_author" ON "introduction_reply" ("author_id", "created_at", "id");
CREATE TABLE "newcomer_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL /* Who is told. */,
    "newcomer_id" CHAR(36) NOT NULL /* The row of the newcomer whom it is about. */,
    "group_id" CHAR(36) NOT NULL,
    "sender_id" CHAR(36) /* The member who reminds, replies or mentions. */,
    "kind" VARCHAR(10) NOT NULL /* NUDGED: nudged\nREPLIED: replied\nMENTIONED: mentioned */,
    "key" VARCHAR(90) NOT NULL /* What it is told of once. */,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "newcomer_notice_once" UNIQUE ("newcomer_id", "member_id", "key")
);
CREATE INDEX "newcomer_notice_by_member" ON "newcomer_notice" ("member_id", "created_at", "id");
CREATE TABLE "mention_opt_out" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "mention_opt_out_once" UNIQUE ("member_id")
);
CREATE TABLE "newcomer_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "newcomer_id" CHAR(36) NOT NULL,
    "group_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* MARKED: marked\nSPARED: spared\nPOSTPONED: postponed\nLIFTED: lifted\nANNULLED: annulled */,
    "until" TIMESTAMP /* When its days end from then on. */,
    "reason" VARCHAR(200),
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "happened_at" TIMESTAMP NOT NULL /* From when it holds, however late it was written. */
);
CREATE INDEX "newcomer_change_by_newcomer" ON "newcomer_change" ("newcomer_id", "happened_at", "id");
CREATE INDEX "newcomer_change_by_member" ON "newcomer_change" ("member_id");
CREATE TRIGGER IF NOT EXISTS "newcomer_change_refuses_update" BEFORE UPDATE OF "id", "newcomer_id", "group_id", "member_id", "kind", "until", "by_kind", "by_id", "happened_at" ON "newcomer_change"
BEGIN
    SELECT RAISE(ABORT, 'newcomer_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "newcomer_change_refuses_rewriting" BEFORE UPDATE ON "newcomer_change" WHEN NEW."reason" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'newcomer_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "newcomer_change_refuses_delete" BEFORE DELETE ON "newcomer_change"
BEGIN
    SELECT RAISE(ABORT, 'newcomer_change is append-only');
END;
CREATE TABLE "newcomer_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "zone" VARCHAR(64) NOT NULL,
    "day_start_hour" SMALLINT NOT NULL,
    "days" SMALLINT NOT NULL /* The number of the last day; the day of joining is 0. */,
    "steps" JSON NOT NULL /* Which steps are wanted. */,
    "is_in_force" INT NOT NULL /* Kept once it was taken away, so that versions go on. */,
    "version" INT NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    CONSTRAINT "newcomer_policy_one_of_group" UNIQUE ("group_id"),
    CONSTRAINT "newcomer_policy_one_of_circle" UNIQUE ("circle_id"),
    CONSTRAINT "newcomer_policy_of_one" CHECK ((group_id IS NULL) <> (circle_id IS NULL)),
    CONSTRAINT "newcomer_policy_days" CHECK (days BETWEEN 1 AND 60)
);
CREATE TABLE "newcomer_note" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "newcomer_id" CHAR(36) NOT NULL,
    "group_id" CHAR(36) NOT NULL,
    "member_id" CHAR(36) NOT NULL,
    "text" VARCHAR(200) /* Absent once somebody had it erased. */,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "newcomer_note_by_newcomer" ON "newcomer_note" ("newcomer_id", "created_at", "id");
CREATE INDEX "newcomer_note_by_member" ON "newcomer_note" ("member_id");
CREATE INDEX "newcomer_note_by_author" ON "newcomer_note" ("by_id");

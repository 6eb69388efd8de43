CREATE TABLE "calendar_feed" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "member_id" UUID,
    "group_id" UUID,
    "staff_id" UUID,
    "holder" VARCHAR(80) NOT NULL,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ
);
CREATE INDEX "calendar_feed_by_member" ON "calendar_feed" ("member_id", "created_at", "id");
CREATE INDEX "calendar_feed_by_group" ON "calendar_feed" ("group_id", "created_at", "id");
COMMENT ON COLUMN "calendar_feed"."kind" IS 'MEMBER: member\nGROUP: group';
COMMENT ON COLUMN "calendar_feed"."member_id" IS 'Who made it; absent where staff did.';
COMMENT ON COLUMN "calendar_feed"."holder" IS 'Of what there is one feed at a time: maker and group.';
CREATE UNIQUE INDEX "calendar_feed_one_of_a_kind" ON "calendar_feed" ("holder") WHERE revoked_at IS NULL;
CREATE TABLE "teacher" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "title" VARCHAR(60),
    "bio" VARCHAR(1000),
    "picture" VARCHAR(500),
    "staff_id" UUID,
    "member_id" UUID,
    "is_active" BOOL NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "teacher_is_one_person" CHECK (staff_id IS NULL OR member_id IS NULL)
);
CREATE INDEX "teacher_by_created" ON "teacher" ("created_at", "id");
COMMENT ON COLUMN "teacher"."title" IS 'What the teacher is: 资深茶艺师.';
COMMENT ON COLUMN "teacher"."is_active" IS 'Whether new sessions may be given to the teacher.';
CREATE TABLE "course" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "summary" TEXT,
    "picture" VARCHAR(500),
    "medium" VARCHAR(10) NOT NULL,
    "minutes" INT NOT NULL,
    "zone" VARCHAR(60) NOT NULL,
    "seats" INT,
    "enrolled_count" INT NOT NULL,
    "waiting_count" INT NOT NULL,
    "price" INT,
    "audience" JSONB NOT NULL,
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "reminders" JSONB NOT NULL,
    "purpose" VARCHAR(200),
    "theme" VARCHAR(200),
    "sign_up_target" INT,
    "decides_at" TIMESTAMPTZ,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "published_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "circle_id" UUID REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" UUID REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "teacher_id" UUID REFERENCES "teacher" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_of_one_place" CHECK (group_id IS NULL OR circle_id IS NULL),
    CONSTRAINT "course_within_seats" CHECK (enrolled_count >= 0 AND (seats IS NULL OR enrolled_count <= seats)),
    CONSTRAINT "course_waiting_never_negative" CHECK (waiting_count >= 0),
    CONSTRAINT "course_price_above_zero" CHECK (price IS NULL OR price > 0)
);
CREATE INDEX "idx_course_circle__377038" ON "course" ("circle_id");
CREATE INDEX "idx_course_group_i_de9ee7" ON "course" ("group_id");
CREATE INDEX "course_by_created" ON "course" ("created_at", "id");
CREATE INDEX "course_by_decision" ON "course" ("status", "decides_at");
COMMENT ON COLUMN "course"."kind" IS 'FIXED: fixed\nTEMPORARY: temporary';
COMMENT ON COLUMN "course"."status" IS 'DRAFT: draft\nPUBLISHED: published\nENDED: ended\nARCHIVED: archived';
COMMENT ON COLUMN "course"."medium" IS 'ONLINE: online\nOFFLINE: offline\nHYBRID: hybrid';
COMMENT ON COLUMN "course"."minutes" IS 'How long a session is where nothing else is said of it.';
COMMENT ON COLUMN "course"."zone" IS 'The IANA zone in which its local times and days are meant.';
COMMENT ON COLUMN "course"."seats" IS 'Absent: unlimited.';
COMMENT ON COLUMN "course"."enrolled_count" IS 'Who has a seat; changed by one conditional statement.';
COMMENT ON COLUMN "course"."price" IS 'Points for a seat; absent: nothing.';
COMMENT ON COLUMN "course"."reminders" IS 'Minutes before a session, the longest first.';
COMMENT ON COLUMN "course"."decides_at" IS 'The go / no-go instant.';
CREATE TABLE "course_decision" (
    "id" UUID NOT NULL PRIMARY KEY,
    "outcome" VARCHAR(10) NOT NULL,
    "sign_ups" INT NOT NULL,
    "target" INT,
    "reason" VARCHAR(200),
    "staff_id" UUID,
    "decided_at" TIMESTAMPTZ NOT NULL,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_decision_once" UNIQUE ("course_id")
);
CREATE INDEX "course_decision_by_time" ON "course_decision" ("decided_at", "id");
COMMENT ON COLUMN "course_decision"."outcome" IS 'GO: go\nNO_GO: no_go';
COMMENT ON COLUMN "course_decision"."sign_ups" IS 'How many had a seat then.';
COMMENT ON COLUMN "course_decision"."staff_id" IS 'Absent where the target decided.';
CREATE TABLE "course_session" (
    "id" UUID NOT NULL PRIMARY KEY,
    "slot_id" UUID,
    "local_date" DATE,
    "number" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "minutes" INT NOT NULL,
    "substitute_for_id" UUID,
    "title" VARCHAR(60),
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "replay_url" VARCHAR(500),
    "replay_until" TIMESTAMPTZ,
    "is_preview" BOOL NOT NULL,
    "chapters" JSONB NOT NULL,
    "original_starts_at" TIMESTAMPTZ,
    "make_up_for_id" UUID,
    "cancel_reason" VARCHAR(200),
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "teacher_id" UUID REFERENCES "teacher" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_session_number_once" UNIQUE ("course_id", "number"),
    CONSTRAINT "course_session_slot_once" UNIQUE ("course_id", "slot_id", "local_date"),
    CONSTRAINT "course_session_has_length" CHECK (minutes > 0 AND starts_at < ends_at)
);
CREATE INDEX "course_session_by_course" ON "course_session" ("course_id", "starts_at", "id");
CREATE INDEX "course_session_by_state" ON "course_session" ("state", "starts_at", "id");
CREATE INDEX "course_session_by_start" ON "course_session" ("starts_at", "id");
CREATE INDEX "course_session_by_teacher" ON "course_session" ("teacher_id", "starts_at");
COMMENT ON COLUMN "course_session"."slot_id" IS 'The weekly slot that made it.';
COMMENT ON COLUMN "course_session"."local_date" IS 'The day of the slot that it was made for.';
COMMENT ON COLUMN "course_session"."state" IS 'SCHEDULED: scheduled\nCANCELLED: cancelled\nDONE: done';
COMMENT ON COLUMN "course_session"."substitute_for_id" IS 'The teacher who is stood in for.';
COMMENT ON COLUMN "course_session"."is_preview" IS 'Whether it is open to those without a seat.';
COMMENT ON COLUMN "course_session"."original_starts_at" IS 'When it was to be, once moved.';
COMMENT ON COLUMN "course_session"."make_up_for_id" IS 'The cancelled session it makes up for.';
CREATE TABLE "course_notice" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "course_id" UUID NOT NULL,
    "session_id" UUID,
    "subject_id" UUID NOT NULL,
    "kind" VARCHAR(12) NOT NULL,
    "mark" INT NOT NULL,
    "session_count" INT NOT NULL,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "course_notice_once" UNIQUE ("member_id", "subject_id", "kind", "mark")
);
CREATE INDEX "course_notice_by_member" ON "course_notice" ("member_id", "created_at", "id");
COMMENT ON COLUMN "course_notice"."session_id" IS 'Absent where it is about the whole course.';
COMMENT ON COLUMN "course_notice"."subject_id" IS 'The session, or else the course.';
COMMENT ON COLUMN "course_notice"."kind" IS 'REMINDER: reminder\nMOVED: moved\nCANCELLED: cancelled\nSUBSTITUTED: substituted\nNO_GO: no_go';
COMMENT ON COLUMN "course_notice"."mark" IS 'Of a reminder the minutes before, of a change the session''s version, or 0.';
COMMENT ON COLUMN "course_notice"."session_count" IS 'The session and those after it that share its fate.';
CREATE TABLE "session_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "session_id" UUID NOT NULL,
    "course_id" UUID NOT NULL,
    "kind" VARCHAR(12) NOT NULL,
    "version" INT NOT NULL,
    "starts_at_before" TIMESTAMPTZ NOT NULL,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "teacher_id_before" UUID,
    "teacher_id" UUID,
    "reason" VARCHAR(200),
    "staff_id" UUID,
    "changed_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "session_change_once" UNIQUE ("session_id", "version")
);
CREATE INDEX "session_change_by_session" ON "session_change" ("session_id", "changed_at", "id");
CREATE INDEX "session_change_by_course" ON "session_change" ("course_id", "changed_at", "id");
COMMENT ON COLUMN "session_change"."kind" IS 'MOVED: moved\nCANCELLED: cancelled\nSUBSTITUTED: substituted';
COMMENT ON COLUMN "session_change"."version" IS 'The version of the session that it made.';
COMMENT ON COLUMN "session_change"."staff_id" IS 'Absent where a rule decided.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "session_change_refuses_change" BEFORE UPDATE OR DELETE ON "session_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "session_change_refuses_truncate" BEFORE TRUNCATE ON "session_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "course_slot" (
    "id" UUID NOT NULL PRIMARY KEY,
    "weekday" SMALLINT NOT NULL,
    "minute" SMALLINT NOT NULL,
    "zone" VARCHAR(60) NOT NULL,
    "minutes" INT,
    "teacher_id" UUID,
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "starts_on" DATE,
    "ends_on" DATE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_slot_on_a_weekday" CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT "course_slot_within_a_day" CHECK (minute BETWEEN 0 AND 1439)
);
CREATE INDEX "course_slot_by_course" ON "course_slot" ("course_id", "weekday", "minute", "id");
COMMENT ON COLUMN "course_slot"."weekday" IS '1 for Monday.';
COMMENT ON COLUMN "course_slot"."minute" IS 'On the wall, from midnight.';
COMMENT ON COLUMN "course_slot"."starts_on" IS 'The first day on which it makes a session.';
COMMENT ON COLUMN "course_slot"."ends_on" IS 'The last day on which it makes one.';
CREATE TABLE "holiday" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "holiday_once" UNIQUE ("day")
);
CREATE INDEX "holiday_by_day" ON "holiday" ("day", "id");
CREATE TABLE "timetable_policy" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "week_least" INT NOT NULL,
    "week_most" INT NOT NULL,
    "minutes_least" INT NOT NULL,
    "minutes_most" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "timetable_policy_version_once" UNIQUE ("version")
);
COMMENT ON COLUMN "timetable_policy"."is_active" IS 'Whether it is the version that holds.';
CREATE UNIQUE INDEX "timetable_policy_one_active" ON "timetable_policy" ("is_active") WHERE is_active;
CREATE TABLE "warm_up_task" (
    "id" UUID NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL,
    "what" VARCHAR(100) NOT NULL,
    "channel" VARCHAR(20) NOT NULL,
    "by_staff_id" UUID,
    "copy" VARCHAR(1000),
    "state" VARCHAR(10) NOT NULL,
    "proof_text" VARCHAR(500),
    "proof_picture" VARCHAR(500),
    "closed_by" UUID,
    "closed_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "warm_up_task_before_the_course" CHECK (day BETWEEN -14 AND 0),
    CONSTRAINT "warm_up_task_closed_at_an_instant" CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX "warm_up_task_by_course" ON "warm_up_task" ("course_id", "day", "id");
COMMENT ON COLUMN "warm_up_task"."day" IS '-14 to 0: days before the first session.';
COMMENT ON COLUMN "warm_up_task"."channel" IS 'GROUP_CHAT: group_chat\nMOMENTS: moments\nOFFICIAL_ACCOUNT: official_account\nMINI_PROGRAM: mini_program\nPRIVATE_CHAT: private_chat\nSHORT_VIDEO: short_video\nOFFLINE: offline\nOTHER: other';
COMMENT ON COLUMN "warm_up_task"."state" IS 'OPEN: open\nDONE: done\nSKIPPED: skipped';

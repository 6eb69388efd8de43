CREATE TABLE "calendar_feed" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* MEMBER: member\nGROUP: group */,
    "member_id" CHAR(36) /* Who made it; absent where staff did. */,
    "group_id" CHAR(36),
    "staff_id" CHAR(36),
    "holder" VARCHAR(80) NOT NULL /* Of what there is one feed at a time: maker and group. */,
    "hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP
);
CREATE INDEX "calendar_feed_by_member" ON "calendar_feed" ("member_id", "created_at", "id");
CREATE INDEX "calendar_feed_by_group" ON "calendar_feed" ("group_id", "created_at", "id");
CREATE UNIQUE INDEX "calendar_feed_one_of_a_kind" ON "calendar_feed" ("holder") WHERE revoked_at IS NULL;
CREATE TABLE "teacher" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "title" VARCHAR(60) /* What the teacher is: 资深茶艺师. */,
    "bio" VARCHAR(1000),
    "picture" VARCHAR(500),
    "staff_id" CHAR(36),
    "member_id" CHAR(36),
    "is_active" INT NOT NULL /* Whether new sessions may be given to the teacher. */,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "teacher_is_one_person" CHECK (staff_id IS NULL OR member_id IS NULL)
);
CREATE INDEX "teacher_by_created" ON "teacher" ("created_at", "id");
CREATE TABLE "course" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* FIXED: fixed\nTEMPORARY: temporary */,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nPUBLISHED: published\nENDED: ended\nARCHIVED: archived */,
    "title" VARCHAR(60) NOT NULL,
    "summary" TEXT,
    "picture" VARCHAR(500),
    "medium" VARCHAR(10) NOT NULL /* ONLINE: online\nOFFLINE: offline\nHYBRID: hybrid */,
    "minutes" INT NOT NULL /* How long a session is where nothing else is said of it. */,
    "zone" VARCHAR(60) NOT NULL /* The IANA zone in which its local times and days are meant. */,
    "seats" INT /* Absent: unlimited. */,
    "enrolled_count" INT NOT NULL /* Who has a seat; changed by one conditional statement. */,
    "waiting_count" INT NOT NULL,
    "price" INT /* Points for a seat; absent: nothing. */,
    "audience" JSON NOT NULL,
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "reminders" JSON NOT NULL /* Minutes before a session, the longest first. */,
    "purpose" VARCHAR(200),
    "theme" VARCHAR(200),
    "sign_up_target" INT,
    "decides_at" TIMESTAMP /* The go \/ no-go instant. */,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "published_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "circle_id" CHAR(36) REFERENCES "circle" ("id") ON DELETE RESTRICT,
    "group_id" CHAR(36) REFERENCES "chat_group" ("id") ON DELETE RESTRICT,
    "teacher_id" CHAR(36) REFERENCES "teacher" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_of_one_place" CHECK (group_id IS NULL OR circle_id IS NULL),
    CONSTRAINT "course_within_seats" CHECK (enrolled_count >= 0 AND (seats IS NULL OR enrolled_count <= seats)),
    CONSTRAINT "course_waiting_never_negative" CHECK (waiting_count >= 0),
    CONSTRAINT "course_price_above_zero" CHECK (price IS NULL OR price > 0)
);
CREATE INDEX "idx_course_circle__377038" ON "course" ("circle_id");
CREATE INDEX "idx_course_group_i_de9ee7" ON "course" ("group_id");
CREATE INDEX "course_by_created" ON "course" ("created_at", "id");
CREATE INDEX "course_by_decision" ON "course" ("status", "decides_at");
CREATE TABLE "course_decision" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "outcome" VARCHAR(10) NOT NULL /* GO: go\nNO_GO: no_go */,
    "sign_ups" INT NOT NULL /* How many had a seat then. */,
    "target" INT,
    "reason" VARCHAR(200),
    "staff_id" CHAR(36) /* Absent where the target decided. */,
    "decided_at" TIMESTAMP NOT NULL,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_decision_once" UNIQUE ("course_id")
);
CREATE INDEX "course_decision_by_time" ON "course_decision" ("decided_at", "id");
CREATE TABLE "course_session" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "slot_id" CHAR(36) /* The weekly slot that made it. */,
    "local_date" DATE /* The day of the slot that it was made for. */,
    "number" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL /* SCHEDULED: scheduled\nCANCELLED: cancelled\nDONE: done */,
    "starts_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "minutes" INT NOT NULL,
    "substitute_for_id" CHAR(36) /* The teacher who is stood in for. */,
    "title" VARCHAR(60),
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "replay_url" VARCHAR(500),
    "replay_until" TIMESTAMP,
    "is_preview" INT NOT NULL /* Whether it is open to those without a seat. */,
    "chapters" JSON NOT NULL,
    "original_starts_at" TIMESTAMP /* When it was to be, once moved. */,
    "make_up_for_id" CHAR(36) /* The cancelled session it makes up for. */,
    "cancel_reason" VARCHAR(200),
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "teacher_id" CHAR(36) REFERENCES "teacher" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_session_number_once" UNIQUE ("course_id", "number"),
    CONSTRAINT "course_session_slot_once" UNIQUE ("course_id", "slot_id", "local_date"),
    CONSTRAINT "course_session_has_length" CHECK (minutes > 0 AND starts_at < ends_at)
);
CREATE INDEX "course_session_by_course" ON "course_session" ("course_id", "starts_at", "id");
CREATE INDEX "course_session_by_state" ON "course_session" ("state", "starts_at", "id");
CREATE INDEX "course_session_by_start" ON "course_session" ("starts_at", "id");
CREATE INDEX "course_session_by_teacher" ON "course_session" ("teacher_id", "starts_at");
CREATE TABLE "course_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "course_id" CHAR(36) NOT NULL,
    "session_id" CHAR(36) /* Absent where it is about the whole course. */,
    "subject_id" CHAR(36) NOT NULL /* The session, or else the course. */,
    "kind" VARCHAR(12) NOT NULL /* REMINDER: reminder\nMOVED: moved\nCANCELLED: cancelled\nSUBSTITUTED: substituted\nNO_GO: no_go */,
    "mark" INT NOT NULL /* Of a reminder the minutes before, of a change the session's version, or 0. */,
    "session_count" INT NOT NULL /* The session and those after it that share its fate. */,
    "reason" VARCHAR(200),
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "course_notice_once" UNIQUE ("member_id", "subject_id", "kind", "mark")
);
CREATE INDEX "course_notice_by_member" ON "course_notice" ("member_id", "created_at", "id");
CREATE TABLE "session_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "session_id" CHAR(36) NOT NULL,
    "course_id" CHAR(36) NOT NULL,
    "kind" VARCHAR(12) NOT NULL /* MOVED: moved\nCANCELLED: cancelled\nSUBSTITUTED: substituted */,
    "version" INT NOT NULL /* The version of the session that it made. */,
    "starts_at_before" TIMESTAMP NOT NULL,
    "starts_at" TIMESTAMP NOT NULL,
    "teacher_id_before" CHAR(36),
    "teacher_id" CHAR(36),
    "reason" VARCHAR(200),
    "staff_id" CHAR(36) /* Absent where a rule decided. */,
    "changed_at" TIMESTAMP NOT NULL,
    CONSTRAINT "session_change_once" UNIQUE ("session_id", "version")
);
CREATE INDEX "session_change_by_session" ON "session_change" ("session_id", "changed_at", "id");
CREATE INDEX "session_change_by_course" ON "session_change" ("course_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "session_change_refuses_update" BEFORE UPDATE ON "session_change"
BEGIN
    SELECT RAISE(ABORT, 'session_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "session_change_refuses_delete" BEFORE DELETE ON "session_change"
BEGIN
    SELECT RAISE(ABORT, 'session_change is append-only');
END;
CREATE TABLE "course_slot" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "weekday" SMALLINT NOT NULL /* 1 for Monday. */,
    "minute" SMALLINT NOT NULL /* On the wall, from midnight. */,
    "zone" VARCHAR(60) NOT NULL,
    "minutes" INT,
    "teacher_id" CHAR(36),
    "live_url" VARCHAR(500),
    "location" VARCHAR(200),
    "starts_on" DATE /* The first day on which it makes a session. */,
    "ends_on" DATE /* The last day on which it makes one. */,
    "created_at" TIMESTAMP NOT NULL,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "course_slot_on_a_weekday" CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT "course_slot_within_a_day" CHECK (minute BETWEEN 0 AND 1439)
);
CREATE INDEX "course_slot_by_course" ON "course_slot" ("course_id", "weekday", "minute", "id");
CREATE TABLE "holiday" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "name" VARCHAR(40) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "holiday_once" UNIQUE ("day")
);
CREATE INDEX "holiday_by_day" ON "holiday" ("day", "id");
CREATE TABLE "timetable_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "week_least" INT NOT NULL,
    "week_most" INT NOT NULL,
    "minutes_least" INT NOT NULL,
    "minutes_most" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "timetable_policy_version_once" UNIQUE ("version")
);
CREATE UNIQUE INDEX "timetable_policy_one_active" ON "timetable_policy" ("is_active") WHERE is_active;
CREATE TABLE "warm_up_task" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "day" SMALLINT NOT NULL /* -14 to 0: days before the first session. */,
    "what" VARCHAR(100) NOT NULL,
    "channel" VARCHAR(20) NOT NULL /* GROUP_CHAT: group_chat\nMOMENTS: moments\nOFFICIAL_ACCOUNT: official_account\nMINI_PROGRAM: mini_program\nPRIVATE_CHAT: private_chat\nSHORT_VIDEO: short_video\nOFFLINE: offline\nOTHER: other */,
    "by_staff_id" CHAR(36),
    "copy" VARCHAR(1000),
    "state" VARCHAR(10) NOT NULL /* OPEN: open\nDONE: done\nSKIPPED: skipped */,
    "proof_text" VARCHAR(500),
    "proof_picture" VARCHAR(500),
    "closed_by" CHAR(36),
    "closed_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "warm_up_task_before_the_course" CHECK (day BETWEEN -14 AND 0),
    CONSTRAINT "warm_up_task_closed_at_an_instant" CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX "warm_up_task_by_course" ON "warm_up_task" ("course_id", "day", "id");

CREATE TABLE "classroom" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "enrols_from" TIMESTAMP,
    "enrols_until" TIMESTAMP,
    "leave_hours" INT NOT NULL,
    "enrols_group" INT NOT NULL /* Whether its group's members are enrolled by itself. */,
    "prerequisite_ids" JSON NOT NULL,
    "unlock" VARCHAR(20) NOT NULL /* OPEN: open\nBY_DATE: by_date\nBY_PREVIOUS: by_previous */,
    "code_seconds" INT,
    "late_minutes" INT NOT NULL,
    "admit_minutes" INT,
    "makes_up" INT NOT NULL,
    "watch_percent" INT NOT NULL,
    "speed_percent" INT NOT NULL,
    "completion_percent" INT,
    "completion_minutes" INT,
    "quiz_id" CHAR(36),
    "version" INT NOT NULL /* 0 while nothing was said and the defaults hold. */,
    "updated_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "classroom_one" UNIQUE ("course_id")
);
CREATE TABLE "course_completion" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "percent" INT NOT NULL /* How much of the course's length had been seen. */,
    "minutes" INT NOT NULL /* How many minutes had been attended. */,
    "completed_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "course_completion_by_member" ON "course_completion" ("member_id", "completed_at", "id");
CREATE INDEX "course_completion_by_course" ON "course_completion" ("course_id", "completed_at", "id");
CREATE UNIQUE INDEX "course_completion_once" ON "course_completion" ("course_id", "member_id") WHERE revoked_at IS NULL;
CREATE TABLE "attendance" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "number" INT NOT NULL /* Counts those of the member in the session, with the voided ones, from 1. */,
    "way" VARCHAR(10) NOT NULL /* CODE: code\nHAND: hand\nWATCH: watch\nREPLAY: replay */,
    "minutes" INT NOT NULL,
    "is_late" INT NOT NULL,
    "arrived_at" TIMESTAMP NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "created_at" TIMESTAMP NOT NULL,
    "voided_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" CHAR(36) NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "attendance_number_once" UNIQUE ("session_id", "member_id", "number"),
    CONSTRAINT "attendance_minutes_from_zero" CHECK (minutes >= 0)
);
CREATE INDEX "attendance_by_member" ON "attendance" ("member_id", "created_at", "id");
CREATE INDEX "attendance_by_course" ON "attendance" ("course_id", "member_id");
CREATE INDEX "attendance_by_session" ON "attendance" ("session_id", "created_at", "id");
CREATE UNIQUE INDEX "attendance_once" ON "attendance" ("session_id", "member_id") WHERE voided_at IS NULL;
CREATE TABLE "enrollment" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "state" VARCHAR(12) NOT NULL /* WAITING: waiting\nRESERVED: reserved\nENROLLED: enrolled\nLEFT: left\nREMOVED: removed\nCALLED_OFF: called_off */,
    "way" VARCHAR(10) NOT NULL /* SELF: self\nSTAFF: staff\nGROUP: group\nORDER: order */,
    "points" BIGINT NOT NULL /* What the seat costs. */,
    "debit_entry_id" CHAR(36) /* The line that took or set aside the points. */,
    "order_id" CHAR(36) /* The order of the mall that it was bought by. */,
    "created_at" TIMESTAMP NOT NULL,
    "seated_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "enrollment_price_from_zero" CHECK (points >= 0),
    CONSTRAINT "enrollment_ends_somehow" CHECK ((ended_at IS NULL) = (state IN ('waiting', 'reserved', 'enrolled')))
);
CREATE INDEX "enrollment_by_course" ON "enrollment" ("course_id", "state", "created_at", "id");
CREATE INDEX "enrollment_by_member" ON "enrollment" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "enrollment_open_once" ON "enrollment" ("course_id", "member_id") WHERE ended_at IS NULL;
CREATE TABLE "attendance_void" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "staff_id" CHAR(36) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "earnings_back" INT NOT NULL /* How many payments came back. */,
    "created_at" TIMESTAMP NOT NULL,
    "attendance_id" CHAR(36) NOT NULL REFERENCES "attendance" ("id") ON DELETE RESTRICT,
    CONSTRAINT "attendance_void_once" UNIQUE ("attendance_id")
);
CREATE TABLE "enrollment_change" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL /* Whose enrolment it is. */,
    "state" VARCHAR(12) NOT NULL /* The state after it. */,
    "refunded" BIGINT NOT NULL /* Points that went back with it. */,
    "by_kind" VARCHAR(10) NOT NULL /* MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system */,
    "by_id" CHAR(36),
    "reason" VARCHAR(200),
    "changed_at" TIMESTAMP NOT NULL,
    "enrollment_id" CHAR(36) NOT NULL REFERENCES "enrollment" ("id") ON DELETE RESTRICT
);
CREATE INDEX "enrollment_change_by_enrollment" ON "enrollment_change" ("enrollment_id", "changed_at", "id");
CREATE TRIGGER IF NOT EXISTS "enrollment_change_refuses_update" BEFORE UPDATE OF "id", "member_id", "state", "refunded", "by_kind", "by_id", "changed_at", "enrollment_id" ON "enrollment_change"
BEGIN
    SELECT RAISE(ABORT, 'enrollment_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "enrollment_change_refuses_rewriting" BEFORE UPDATE ON "enrollment_change" WHEN NEW."reason" IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'enrollment_change is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "enrollment_change_refuses_delete" BEFORE DELETE ON "enrollment_change"
BEGIN
    SELECT RAISE(ABORT, 'enrollment_change is append-only');
END;
CREATE TABLE "enrollment_batch" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "segment_id" CHAR(36),
    "group_id" CHAR(36),
    "waits" INT NOT NULL /* Whether those who get no seat are put on the waiting list. */,
    "reason" VARCHAR(200),
    "staff_id" CHAR(36) NOT NULL,
    "behind_id" CHAR(36) NOT NULL /* Of the member that was looked at last. */,
    "enrolled" INT NOT NULL,
    "waiting" INT NOT NULL,
    "refused" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "enrollment_batch_of_one_kind" CHECK ((segment_id IS NULL) <> (group_id IS NULL))
);
CREATE INDEX "enrollment_batch_by_course" ON "enrollment_batch" ("course_id", "created_at", "id");
CREATE INDEX "enrollment_batch_by_end" ON "enrollment_batch" ("ended_at", "created_at", "id");
CREATE TABLE "session_feedback" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "score" INT NOT NULL /* 1 to 5. */,
    "recommends" INT /* 0 to 10, how likely it recommends the course. */,
    "words" VARCHAR(1000),
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" CHAR(36) NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "session_feedback_once" UNIQUE ("session_id", "member_id"),
    CONSTRAINT "session_feedback_bounds" CHECK (score BETWEEN 1 AND 5 AND (recommends IS NULL OR recommends BETWEEN 0 AND 10))
);
CREATE INDEX "session_feedback_by_session" ON "session_feedback" ("session_id", "created_at", "id");
CREATE INDEX "session_feedback_by_member" ON "session_feedback" ("member_id", "created_at", "id");
CREATE TABLE "material" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "session_id" CHAR(36),
    "kind" VARCHAR(10) NOT NULL /* FILE: file\nLINK: link */,
    "name" VARCHAR(120) NOT NULL /* What it is called, and saved as. */,
    "is_preview" INT NOT NULL,
    "url" VARCHAR(500),
    "storage_key" VARCHAR(200),
    "content_type" VARCHAR(100),
    "size" BIGINT /* In bytes. */,
    "sha256" VARCHAR(64),
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "removed_at" TIMESTAMP,
    "course_id" CHAR(36) NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "material_link_has_address" CHECK ((kind = 'link') = (url IS NOT NULL)),
    CONSTRAINT "material_file_has_key" CHECK ((kind = 'file') = (storage_key IS NOT NULL))
);
CREATE INDEX "material_by_course" ON "material" ("course_id", "created_at", "id");
CREATE TABLE "watching" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "pieces" JSON NOT NULL /* Merged spans of seconds, in order. */,
    "watched_seconds" INT NOT NULL,
    "position" INT NOT NULL /* Where the last piece ended: where one goes on. */,
    "used_until" TIMESTAMP NOT NULL /* Up to when the time that went by has been used. */,
    "client_at" TIMESTAMP /* The player's clock at the last piece. */,
    "began_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" CHAR(36) NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "watching_one" UNIQUE ("session_id", "member_id")
);
CREATE INDEX "watching_by_member" ON "watching" ("member_id", "updated_at", "id");

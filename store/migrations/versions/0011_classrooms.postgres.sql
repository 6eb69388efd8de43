CREATE TABLE "classroom" (
    "id" UUID NOT NULL PRIMARY KEY,
    "enrols_from" TIMESTAMPTZ,
    "enrols_until" TIMESTAMPTZ,
    "leave_hours" INT NOT NULL,
    "enrols_group" BOOL NOT NULL,
    "prerequisite_ids" JSONB NOT NULL,
    "unlock" VARCHAR(20) NOT NULL,
    "code_seconds" INT,
    "late_minutes" INT NOT NULL,
    "admit_minutes" INT,
    "makes_up" BOOL NOT NULL,
    "watch_percent" INT NOT NULL,
    "speed_percent" INT NOT NULL,
    "completion_percent" INT,
    "completion_minutes" INT,
    "quiz_id" UUID,
    "version" INT NOT NULL,
    "updated_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "classroom_one" UNIQUE ("course_id")
);
COMMENT ON COLUMN "classroom"."enrols_group" IS 'Whether its group''s members are enrolled by itself.';
COMMENT ON COLUMN "classroom"."unlock" IS 'OPEN: open\nBY_DATE: by_date\nBY_PREVIOUS: by_previous';
COMMENT ON COLUMN "classroom"."version" IS '0 while nothing was said and the defaults hold.';
CREATE TABLE "course_completion" (
    "id" UUID NOT NULL PRIMARY KEY,
    "percent" INT NOT NULL,
    "minutes" INT NOT NULL,
    "completed_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT
);
CREATE INDEX "course_completion_by_member" ON "course_completion" ("member_id", "completed_at", "id");
CREATE INDEX "course_completion_by_course" ON "course_completion" ("course_id", "completed_at", "id");
COMMENT ON COLUMN "course_completion"."percent" IS 'How much of the course''s length had been seen.';
COMMENT ON COLUMN "course_completion"."minutes" IS 'How many minutes had been attended.';
CREATE UNIQUE INDEX "course_completion_once" ON "course_completion" ("course_id", "member_id") WHERE revoked_at IS NULL;
CREATE TABLE "attendance" (
    "id" UUID NOT NULL PRIMARY KEY,
    "number" INT NOT NULL,
    "way" VARCHAR(10) NOT NULL,
    "minutes" INT NOT NULL,
    "is_late" BOOL NOT NULL,
    "arrived_at" TIMESTAMPTZ NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "voided_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" UUID NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "attendance_number_once" UNIQUE ("session_id", "member_id", "number"),
    CONSTRAINT "attendance_minutes_from_zero" CHECK (minutes >= 0)
);
CREATE INDEX "attendance_by_member" ON "attendance" ("member_id", "created_at", "id");
CREATE INDEX "attendance_by_course" ON "attendance" ("course_id", "member_id");
CREATE INDEX "attendance_by_session" ON "attendance" ("session_id", "created_at", "id");
COMMENT ON COLUMN "attendance"."number" IS 'Counts those of the member in the session, with the voided ones, from 1.';
COMMENT ON COLUMN "attendance"."way" IS 'CODE: code\nHAND: hand\nWATCH: watch\nREPLAY: replay';
COMMENT ON COLUMN "attendance"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE UNIQUE INDEX "attendance_once" ON "attendance" ("session_id", "member_id") WHERE voided_at IS NULL;
CREATE TABLE "enrollment" (
    "id" UUID NOT NULL PRIMARY KEY,
    "state" VARCHAR(12) NOT NULL,
    "way" VARCHAR(10) NOT NULL,
    "points" BIGINT NOT NULL,
    "debit_entry_id" UUID,
    "order_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "seated_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "enrollment_price_from_zero" CHECK (points >= 0),
    CONSTRAINT "enrollment_ends_somehow" CHECK ((ended_at IS NULL) = (state IN ('waiting', 'reserved', 'enrolled')))
);
CREATE INDEX "enrollment_by_course" ON "enrollment" ("course_id", "state", "created_at", "id");
CREATE INDEX "enrollment_by_member" ON "enrollment" ("member_id", "created_at", "id");
COMMENT ON COLUMN "enrollment"."state" IS 'WAITING: waiting\nRESERVED: reserved\nENROLLED: enrolled\nLEFT: left\nREMOVED: removed\nCALLED_OFF: called_off';
COMMENT ON COLUMN "enrollment"."way" IS 'SELF: self\nSTAFF: staff\nGROUP: group\nORDER: order';
COMMENT ON COLUMN "enrollment"."points" IS 'What the seat costs.';
COMMENT ON COLUMN "enrollment"."debit_entry_id" IS 'The line that took or set aside the points.';
COMMENT ON COLUMN "enrollment"."order_id" IS 'The order of the mall that it was bought by.';
CREATE UNIQUE INDEX "enrollment_open_once" ON "enrollment" ("course_id", "member_id") WHERE ended_at IS NULL;
CREATE TABLE "attendance_void" (
    "id" UUID NOT NULL PRIMARY KEY,
    "staff_id" UUID NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "earnings_back" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "attendance_id" UUID NOT NULL REFERENCES "attendance" ("id") ON DELETE RESTRICT,
    CONSTRAINT "attendance_void_once" UNIQUE ("attendance_id")
);
COMMENT ON COLUMN "attendance_void"."earnings_back" IS 'How many payments came back.';
CREATE TABLE "enrollment_change" (
    "id" UUID NOT NULL PRIMARY KEY,
    "member_id" UUID NOT NULL,
    "state" VARCHAR(12) NOT NULL,
    "refunded" BIGINT NOT NULL,
    "by_kind" VARCHAR(10) NOT NULL,
    "by_id" UUID,
    "reason" VARCHAR(200),
    "changed_at" TIMESTAMPTZ NOT NULL,
    "enrollment_id" UUID NOT NULL REFERENCES "enrollment" ("id") ON DELETE RESTRICT
);
CREATE INDEX "enrollment_change_by_enrollment" ON "enrollment_change" ("enrollment_id", "changed_at", "id");
COMMENT ON COLUMN "enrollment_change"."member_id" IS 'Whose enrolment it is.';
COMMENT ON COLUMN "enrollment_change"."state" IS 'The state after it.';
COMMENT ON COLUMN "enrollment_change"."refunded" IS 'Points that went back with it.';
COMMENT ON COLUMN "enrollment_change"."by_kind" IS 'MEMBER: member\nSTAFF: staff\nPARTNER: partner\nSYSTEM: system';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "enrollment_change_refuses_change" BEFORE DELETE ON "enrollment_change" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "enrollment_change_refuses_rewriting" BEFORE UPDATE ON "enrollment_change" FOR EACH ROW WHEN (to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object('reason', NULL)) EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "enrollment_change_refuses_truncate" BEFORE TRUNCATE ON "enrollment_change" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "enrollment_batch" (
    "id" UUID NOT NULL PRIMARY KEY,
    "segment_id" UUID,
    "group_id" UUID,
    "waits" BOOL NOT NULL,
    "reason" VARCHAR(200),
    "staff_id" UUID NOT NULL,
    "behind_id" UUID NOT NULL,
    "enrolled" INT NOT NULL,
    "waiting" INT NOT NULL,
    "refused" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "enrollment_batch_of_one_kind" CHECK ((segment_id IS NULL) <> (group_id IS NULL))
);
CREATE INDEX "enrollment_batch_by_course" ON "enrollment_batch" ("course_id", "created_at", "id");
CREATE INDEX "enrollment_batch_by_end" ON "enrollment_batch" ("ended_at", "created_at", "id");
COMMENT ON COLUMN "enrollment_batch"."waits" IS 'Whether those who get no seat are put on the waiting list.';
COMMENT ON COLUMN "enrollment_batch"."behind_id" IS 'Of the member that was looked at last.';
CREATE TABLE "session_feedback" (
    "id" UUID NOT NULL PRIMARY KEY,
    "score" INT NOT NULL,
    "recommends" INT,
    "words" VARCHAR(1000),
    "created_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" UUID NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "session_feedback_once" UNIQUE ("session_id", "member_id"),
    CONSTRAINT "session_feedback_bounds" CHECK (score BETWEEN 1 AND 5 AND (recommends IS NULL OR recommends BETWEEN 0 AND 10))
);
CREATE INDEX "session_feedback_by_session" ON "session_feedback" ("session_id", "created_at", "id");
CREATE INDEX "session_feedback_by_member" ON "session_feedback" ("member_id", "created_at", "id");
COMMENT ON COLUMN "session_feedback"."score" IS '1 to 5.';
COMMENT ON COLUMN "session_feedback"."recommends" IS '0 to 10, how likely it recommends the course.';
CREATE TABLE "material" (
    "id" UUID NOT NULL PRIMARY KEY,
    "session_id" UUID,
    "kind" VARCHAR(10) NOT NULL,
    "name" VARCHAR(120) NOT NULL,
    "is_preview" BOOL NOT NULL,
    "url" VARCHAR(500),
    "storage_key" VARCHAR(200),
    "content_type" VARCHAR(100),
    "size" BIGINT,
    "sha256" VARCHAR(64),
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "removed_at" TIMESTAMPTZ,
    "course_id" UUID NOT NULL REFERENCES "course" ("id") ON DELETE RESTRICT,
    CONSTRAINT "material_link_has_address" CHECK ((kind = 'link') = (url IS NOT NULL)),
    CONSTRAINT "material_file_has_key" CHECK ((kind = 'file') = (storage_key IS NOT NULL))
);
CREATE INDEX "material_by_course" ON "material" ("course_id", "created_at", "id");
COMMENT ON COLUMN "material"."kind" IS 'FILE: file\nLINK: link';
COMMENT ON COLUMN "material"."name" IS 'What it is called, and saved as.';
COMMENT ON COLUMN "material"."size" IS 'In bytes.';
CREATE TABLE "watching" (
    "id" UUID NOT NULL PRIMARY KEY,
    "pieces" JSONB NOT NULL,
    "watched_seconds" INT NOT NULL,
    "position" INT NOT NULL,
    "used_until" TIMESTAMPTZ NOT NULL,
    "client_at" TIMESTAMPTZ,
    "began_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "session_id" UUID NOT NULL REFERENCES "course_session" ("id") ON DELETE RESTRICT,
    CONSTRAINT "watching_one" UNIQUE ("session_id", "member_id")
);
CREATE INDEX "watching_by_member" ON "watching" ("member_id", "updated_at", "id");
COMMENT ON COLUMN "watching"."pieces" IS 'Merged spans of seconds, in order.';
COMMENT ON COLUMN "watching"."position" IS 'Where the last piece ended: where one goes on.';
COMMENT ON COLUMN "watching"."used_until" IS 'Up to when the time that went by has been used.';
COMMENT ON COLUMN "watching"."client_at" IS 'The player''s clock at the last piece.';

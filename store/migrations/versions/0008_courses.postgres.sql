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

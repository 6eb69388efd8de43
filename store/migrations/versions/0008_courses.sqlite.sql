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

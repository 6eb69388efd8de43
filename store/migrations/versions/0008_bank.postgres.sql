CREATE TABLE "question" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "category" VARCHAR(120) NOT NULL,
    "difficulty" SMALLINT NOT NULL,
    "source" VARCHAR(200),
    "version" INT NOT NULL,
    "words" TEXT NOT NULL,
    "fingerprint" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "question_version_from_one" CHECK (version >= 1),
    CONSTRAINT "question_difficulty_to_five" CHECK (difficulty BETWEEN 1 AND 5)
);
CREATE INDEX "question_by_time" ON "question" ("created_at", "id");
CREATE INDEX "question_by_category" ON "question" ("category", "status", "kind", "difficulty");
CREATE INDEX "question_by_fingerprint" ON "question" ("fingerprint");
COMMENT ON COLUMN "question"."kind" IS 'SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text';
COMMENT ON COLUMN "question"."status" IS 'DRAFT: draft\nACTIVE: active\nARCHIVED: archived';
COMMENT ON COLUMN "question"."category" IS 'A path: 汽车/保养.';
COMMENT ON COLUMN "question"."difficulty" IS '1 is the easiest, 5 the hardest.';
COMMENT ON COLUMN "question"."source" IS 'Where it was taken from.';
COMMENT ON COLUMN "question"."version" IS 'The version that holds, which is also the last one.';
COMMENT ON COLUMN "question"."words" IS 'The words of stem and options in one form, to be searched.';
COMMENT ON COLUMN "question"."fingerprint" IS 'The same for questions that say the same.';
CREATE TABLE "question_tag" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(30) NOT NULL,
    "position" SMALLINT NOT NULL,
    "question_id" UUID NOT NULL REFERENCES "question" ("id") ON DELETE RESTRICT,
    CONSTRAINT "question_tag_once" UNIQUE ("question_id", "name")
);
CREATE INDEX "question_tag_by_name" ON "question_tag" ("name", "question_id");
CREATE TABLE "question_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "content" JSONB NOT NULL,
    "key" JSONB NOT NULL,
    "explanation" TEXT,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "question_id" UUID NOT NULL REFERENCES "question" ("id") ON DELETE RESTRICT,
    CONSTRAINT "question_version_once" UNIQUE ("question_id", "version")
);
COMMENT ON COLUMN "question_version"."kind" IS 'SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text';
COMMENT ON COLUMN "question_version"."content" IS 'What anybody may see while answering.';
COMMENT ON COLUMN "question_version"."key" IS 'What is right; it does not leave the server early.';
COMMENT ON COLUMN "question_version"."explanation" IS 'As secret as the key.';
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER "question_version_refuses_change" BEFORE UPDATE OR DELETE ON "question_version" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER "question_version_refuses_truncate" BEFORE TRUNCATE ON "question_version" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE "question_export" (
    "id" UUID NOT NULL PRIMARY KEY,
    "staff_id" UUID NOT NULL,
    "format" VARCHAR(12) NOT NULL,
    "asked_for" JSONB NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "question_export_by_time" ON "question_export" ("created_at", "id");
COMMENT ON COLUMN "question_export"."format" IS 'XLSX: xlsx\nGIFT: gift\nMOODLE_XML: moodle_xml';
CREATE TABLE "question_import" (
    "id" UUID NOT NULL PRIMARY KEY,
    "format" VARCHAR(12) NOT NULL,
    "name" VARCHAR(120),
    "status" VARCHAR(10) NOT NULL,
    "row_count" INT NOT NULL,
    "faulty_count" INT NOT NULL,
    "duplicate_count" INT NOT NULL,
    "taken_count" INT NOT NULL,
    "staff_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ
);
CREATE INDEX "question_import_by_time" ON "question_import" ("created_at", "id");
COMMENT ON COLUMN "question_import"."format" IS 'XLSX: xlsx\nGIFT: gift\nMOODLE_XML: moodle_xml';
COMMENT ON COLUMN "question_import"."name" IS 'What the file is called.';
COMMENT ON COLUMN "question_import"."status" IS 'CHECKED: checked\nTAKEN_IN: taken_in\nDROPPED: dropped';
COMMENT ON COLUMN "question_import"."faulty_count" IS 'Rows with problems.';
COMMENT ON COLUMN "question_import"."duplicate_count" IS 'Rows that say what a question or an earlier row says.';
COMMENT ON COLUMN "question_import"."taken_count" IS 'Questions that came of it.';
COMMENT ON COLUMN "question_import"."ended_at" IS 'When it was taken in or dropped.';
CREATE TABLE "question_import_row" (
    "id" UUID NOT NULL PRIMARY KEY,
    "import_id" UUID NOT NULL,
    "position" INT NOT NULL,
    "file_place" INT NOT NULL,
    "title" VARCHAR(60) NOT NULL,
    "kind" VARCHAR(10),
    "terms" JSONB,
    "fingerprint" VARCHAR(32),
    "problem" JSONB,
    "notes" JSONB NOT NULL,
    "doubles_row" INT,
    "doubles_question_id" UUID,
    "question_id" UUID NOT NULL,
    CONSTRAINT "question_import_row_once" UNIQUE ("import_id", "position")
);
COMMENT ON COLUMN "question_import_row"."position" IS 'From 1, as the rows came.';
COMMENT ON COLUMN "question_import_row"."file_place" IS 'The row, line or number to find it by in the file.';
COMMENT ON COLUMN "question_import_row"."kind" IS 'SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text';
COMMENT ON COLUMN "question_import_row"."terms" IS 'The question, until it is taken in.';
COMMENT ON COLUMN "question_import_row"."problem" IS 'What is wrong: column, zh, en.';
COMMENT ON COLUMN "question_import_row"."notes" IS 'What stays behind: column, zh, en.';
COMMENT ON COLUMN "question_import_row"."doubles_row" IS 'The position of an earlier row that says it too.';
COMMENT ON COLUMN "question_import_row"."doubles_question_id" IS 'The question that says it too.';
COMMENT ON COLUMN "question_import_row"."question_id" IS 'The id that its question has, once taken in.';
CREATE TABLE "question_statistics" (
    "id" UUID NOT NULL PRIMARY KEY,
    "question_id" UUID NOT NULL,
    "answered" INT NOT NULL,
    "right_count" INT NOT NULL,
    "discrimination" DOUBLE PRECISION,
    "computed_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "question_statistics_once" UNIQUE ("question_id"),
    CONSTRAINT "question_statistics_right" CHECK (right_count BETWEEN 0 AND answered)
);

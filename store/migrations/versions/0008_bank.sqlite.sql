CREATE TABLE "question" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(10) NOT NULL /* SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text */,
    "status" VARCHAR(10) NOT NULL /* DRAFT: draft\nACTIVE: active\nARCHIVED: archived */,
    "category" VARCHAR(120) NOT NULL /* A path: 汽车\/保养. */,
    "difficulty" SMALLINT NOT NULL /* 1 is the easiest, 5 the hardest. */,
    "source" VARCHAR(200) /* Where it was taken from. */,
    "version" INT NOT NULL /* The version that holds, which is also the last one. */,
    "words" TEXT NOT NULL /* The words of stem and options in one form, to be searched. */,
    "fingerprint" VARCHAR(32) NOT NULL /* The same for questions that say the same. */,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    CONSTRAINT "question_version_from_one" CHECK (version >= 1),
    CONSTRAINT "question_difficulty_to_five" CHECK (difficulty BETWEEN 1 AND 5)
);
CREATE INDEX "question_by_time" ON "question" ("created_at", "id");
CREATE INDEX "question_by_category" ON "question" ("category", "status", "kind", "difficulty");
CREATE INDEX "question_by_fingerprint" ON "question" ("fingerprint");
CREATE TABLE "question_tag" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(30) NOT NULL,
    "position" SMALLINT NOT NULL,
    "question_id" CHAR(36) NOT NULL REFERENCES "question" ("id") ON DELETE RESTRICT,
    CONSTRAINT "question_tag_once" UNIQUE ("question_id", "name")
);
CREATE INDEX "question_tag_by_name" ON "question_tag" ("name", "question_id");
CREATE TABLE "question_version" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "kind" VARCHAR(10) NOT NULL /* SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text */,
    "content" JSON NOT NULL /* What anybody may see while answering. */,
    "key" JSON NOT NULL /* What is right; it does not leave the server early. */,
    "explanation" TEXT /* As secret as the key. */,
    "created_by" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "question_id" CHAR(36) NOT NULL REFERENCES "question" ("id") ON DELETE RESTRICT,
    CONSTRAINT "question_version_once" UNIQUE ("question_id", "version")
);
CREATE TRIGGER IF NOT EXISTS "question_version_refuses_update" BEFORE UPDATE ON "question_version"
BEGIN
    SELECT RAISE(ABORT, 'question_version is append-only');
END;
CREATE TRIGGER IF NOT EXISTS "question_version_refuses_delete" BEFORE DELETE ON "question_version"
BEGIN
    SELECT RAISE(ABORT, 'question_version is append-only');
END;
CREATE TABLE "question_export" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "staff_id" CHAR(36) NOT NULL,
    "format" VARCHAR(12) NOT NULL /* XLSX: xlsx\nGIFT: gift\nMOODLE_XML: moodle_xml */,
    "asked_for" JSON NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE INDEX "question_export_by_time" ON "question_export" ("created_at", "id");
CREATE TABLE "question_import" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "format" VARCHAR(12) NOT NULL /* XLSX: xlsx\nGIFT: gift\nMOODLE_XML: moodle_xml */,
    "name" VARCHAR(120) /* What the file is called. */,
    "status" VARCHAR(10) NOT NULL /* CHECKED: checked\nTAKEN_IN: taken_in\nDROPPED: dropped */,
    "row_count" INT NOT NULL,
    "faulty_count" INT NOT NULL /* Rows with problems. */,
    "duplicate_count" INT NOT NULL /* Rows that say what a question or an earlier row says. */,
    "taken_count" INT NOT NULL /* Questions that came of it. */,
    "staff_id" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP /* When it was taken in or dropped. */
);
CREATE INDEX "question_import_by_time" ON "question_import" ("created_at", "id");
CREATE TABLE "question_import_row" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "import_id" CHAR(36) NOT NULL,
    "position" INT NOT NULL /* From 1, as the rows came. */,
    "file_place" INT NOT NULL /* The row, line or number to find it by in the file. */,
    "title" VARCHAR(60) NOT NULL,
    "kind" VARCHAR(10) /* SINGLE: single\nMULTIPLE: multiple\nJUDGE: judge\nBLANK: blank\nNUMBER: number\nORDER: order\nMATCH: match\nSHORT_TEXT: short_text */,
    "terms" JSON /* The question, until it is taken in. */,
    "fingerprint" VARCHAR(32),
    "problem" JSON /* What is wrong: column, zh, en. */,
    "notes" JSON NOT NULL /* What stays behind: column, zh, en. */,
    "doubles_row" INT /* The position of an earlier row that says it too. */,
    "doubles_question_id" CHAR(36) /* The question that says it too. */,
    "question_id" CHAR(36) NOT NULL /* The id that its question has, once taken in. */,
    CONSTRAINT "question_import_row_once" UNIQUE ("import_id", "position")
);
CREATE TABLE "question_statistics" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "question_id" CHAR(36) NOT NULL,
    "answered" INT NOT NULL,
    "right_count" INT NOT NULL,
    "discrimination" REAL,
    "computed_at" TIMESTAMP NOT NULL,
    CONSTRAINT "question_statistics_once" UNIQUE ("question_id"),
    CONSTRAINT "question_statistics_right" CHECK (right_count BETWEEN 0 AND answered)
);

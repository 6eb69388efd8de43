CREATE TABLE "poster_template" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "design" JSON NOT NULL /* A `PosterDesign`. */,
    "is_enabled" INT NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "poster_template_name_once" UNIQUE ("name")
);
CREATE INDEX "poster_template_by_created" ON "poster_template" ("created_at", "id");
CREATE TABLE "poster" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "address" VARCHAR(40) NOT NULL /* The last part of where its picture is loaded. */,
    "fingerprint" VARCHAR(40) /* Of the picture that is kept. */,
    "drawn_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "code_id" CHAR(36) NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "template_id" CHAR(36) NOT NULL REFERENCES "poster_template" ("id") ON DELETE RESTRICT,
    CONSTRAINT "poster_once" UNIQUE ("code_id", "template_id"),
    CONSTRAINT "poster_address_once" UNIQUE ("address")
);
CREATE INDEX "idx_poster_templat_941ec2" ON "poster" ("template_id");
CREATE INDEX "poster_by_member" ON "poster" ("member_id", "created_at", "id");
CREATE INDEX "poster_by_drawn" ON "poster" ("drawn_at", "id");

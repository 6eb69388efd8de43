CREATE TABLE "poster_template" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(40) NOT NULL,
    "design" JSONB NOT NULL,
    "is_enabled" BOOL NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "poster_template_name_once" UNIQUE ("name")
);
CREATE INDEX "poster_template_by_created" ON "poster_template" ("created_at", "id");
COMMENT ON COLUMN "poster_template"."design" IS 'A `PosterDesign`.';
CREATE TABLE "poster" (
    "id" UUID NOT NULL PRIMARY KEY,
    "address" VARCHAR(40) NOT NULL,
    "fingerprint" VARCHAR(40),
    "drawn_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "code_id" UUID NOT NULL REFERENCES "scene_code" ("id") ON DELETE RESTRICT,
    "member_id" UUID NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "template_id" UUID NOT NULL REFERENCES "poster_template" ("id") ON DELETE RESTRICT,
    CONSTRAINT "poster_once" UNIQUE ("code_id", "template_id"),
    CONSTRAINT "poster_address_once" UNIQUE ("address")
);
CREATE INDEX "idx_poster_templat_941ec2" ON "poster" ("template_id");
CREATE INDEX "poster_by_member" ON "poster" ("member_id", "created_at", "id");
CREATE INDEX "poster_by_drawn" ON "poster" ("drawn_at", "id");
COMMENT ON COLUMN "poster"."address" IS 'The last part of where its picture is loaded.';
COMMENT ON COLUMN "poster"."fingerprint" IS 'Of the picture that is kept.';

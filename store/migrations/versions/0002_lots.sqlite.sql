CREATE TABLE "point_lot" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "expires_at" TIMESTAMP NOT NULL /* The first instant at which they cannot be spent. */,
    "remaining" BIGINT NOT NULL,
    "account_id" CHAR(36) NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_lot_one_of_an_expiry" UNIQUE ("account_id", "expires_at"),
    CONSTRAINT "point_lot_never_negative" CHECK (remaining >= 0)
);
CREATE UNIQUE INDEX "point_lot_open" ON "point_lot" ("expires_at", "id") WHERE remaining > 0;
CREATE TABLE "expiry_notice" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "member_id" CHAR(36) NOT NULL,
    "last_day" DATE NOT NULL /* The last business day on which they can be spent. */,
    "days_before" SMALLINT NOT NULL,
    "amount" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "expiry_notice_once" UNIQUE ("member_id", "last_day", "days_before"),
    CONSTRAINT "expiry_notice_tells_something" CHECK (amount > 0)
);
CREATE INDEX "expiry_notice_by_member" ON "expiry_notice" ("member_id", "created_at", "id");
CREATE TABLE "expiry_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "kind" VARCHAR(20) NOT NULL /* NEVER: never\nDAYS: days\nMONTH_END: month_end\nQUARTER_END: quarter_end\nYEAR_END: year_end\nFIXED_DATE: fixed_date */,
    "days" INT,
    "months" INT,
    "fixed_on" DATE,
    "given_back_days" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "expiry_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "expiry_policy_gives_time" CHECK (given_back_days >= 1)
);
CREATE UNIQUE INDEX "expiry_policy_one_active" ON "expiry_policy" ("is_active") WHERE is_active;
CREATE TABLE "gift_policy" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "is_active" INT NOT NULL /* Whether it is the version that holds. */,
    "is_open" INT NOT NULL,
    "reach" VARCHAR(20) NOT NULL /* SHARED_GROUP: shared_group\nEVERYBODY: everybody */,
    "amount_least" BIGINT NOT NULL,
    "amount_most" BIGINT NOT NULL,
    "sent_day_most" BIGINT,
    "sent_month_most" BIGINT,
    "received_day_most" BIGINT,
    "received_month_most" BIGINT,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "gift_policy_version_once" UNIQUE ("version"),
    CONSTRAINT "gift_policy_amounts" CHECK (amount_least >= 1 AND amount_most >= amount_least)
);
CREATE UNIQUE INDEX "gift_policy_one_active" ON "gift_policy" ("is_active") WHERE is_active;
CREATE TABLE "point_gift" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "amount" BIGINT NOT NULL,
    "note" VARCHAR(60),
    "created_at" TIMESTAMP NOT NULL,
    "receiver_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    "sender_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_gift_gives_something" CHECK (amount > 0),
    CONSTRAINT "point_gift_to_another" CHECK (sender_id <> receiver_id)
);
CREATE INDEX "point_gift_by_sender" ON "point_gift" ("sender_id", "created_at", "id");
CREATE INDEX "point_gift_by_receiver" ON "point_gift" ("receiver_id", "created_at", "id");
CREATE INDEX "point_gift_by_time" ON "point_gift" ("created_at", "id");
CREATE TABLE "point_hold" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "source" VARCHAR(80) NOT NULL /* The cause, such as `order:<id>`. */,
    "amount" BIGINT NOT NULL,
    "entry_id" CHAR(36) NOT NULL /* The line that set them aside. */,
    "until" TIMESTAMP NOT NULL /* The first instant at which it cannot be captured. */,
    "captured" BIGINT NOT NULL,
    "outcome" VARCHAR(10) /* CAPTURED: captured\nRELEASED: released\nLAPSED: lapsed */,
    "ended_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "member_id" CHAR(36) NOT NULL REFERENCES "member" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_hold_once_per_cause" UNIQUE ("source"),
    CONSTRAINT "point_hold_bounds" CHECK (amount > 0 AND captured >= 0 AND captured <= amount),
    CONSTRAINT "point_hold_ends_somehow" CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX "point_hold_by_member" ON "point_hold" ("member_id", "created_at", "id");
CREATE UNIQUE INDEX "point_hold_open" ON "point_hold" ("until", "id") WHERE ended_at IS NULL;
CREATE TABLE "point_lot_use" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "entry_id" CHAR(36) NOT NULL /* The line of the ledger that took it. */,
    "amount" BIGINT NOT NULL,
    "given_back" BIGINT NOT NULL /* How much of it has come back. */,
    "lot_id" CHAR(36) NOT NULL REFERENCES "point_lot" ("id") ON DELETE RESTRICT,
    CONSTRAINT "point_lot_use_once" UNIQUE ("entry_id", "lot_id"),
    CONSTRAINT "point_lot_use_bounds" CHECK (amount > 0 AND given_back >= 0 AND given_back <= amount)
);
ALTER TABLE "point_entry" ADD COLUMN "expires_at" TIMESTAMP;
-- What members hold by now never lapses, and what was ever taken from them was taken from that.
INSERT INTO "point_lot" ("id", "account_id", "member_id", "expires_at", "remaining")
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
    || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), a."id", a."holder_id", '9999-01-01 00:00:00+00:00', a."balance" FROM "account" a
WHERE a."holder" = 'member' AND a."currency" = 'points' AND a."bucket" = 'available'
AND (a."balance" > 0 OR EXISTS (SELECT 1 FROM "point_entry" e WHERE e."account_id" = a."id" AND e."amount" < 0));
INSERT INTO "point_lot_use" ("id", "lot_id", "entry_id", "amount", "given_back")
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
    || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), l."id", e."id", -e."amount", 0
FROM "point_entry" e JOIN "point_lot" l ON l."account_id" = e."account_id" WHERE e."amount" < 0;
CREATE INDEX "point_entry_by_transfer" ON "point_entry" ("transfer_id");

-- What text messages have been asked for on a day, by whom it is counted: a number, where it was
-- asked from (both as keyed hashes), a country, all in all, and in money (minor units).
CREATE SCHEMA texts;
CREATE TABLE texts.spent (
    day   date   NOT NULL,
    scope text   NOT NULL,
    who   text   NOT NULL,
    spent bigint NOT NULL,
    PRIMARY KEY (day, scope, who)
);
-- Messages that were handed to a provider which cannot be asked for them: never twice.
CREATE TABLE texts.tried (
    notice_id text PRIMARY KEY,
    tried_at  timestamptz NOT NULL
);

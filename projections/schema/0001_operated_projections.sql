-- How far each read model has got, who holds it, what it could not apply, and what is being built.
CREATE SCHEMA IF NOT EXISTS projection;

-- One row a read model, or one a part of it, moved with the rows that it stands for. Whoever
-- changes anything but position and problem raises `generation`: who projects then reads it anew.
CREATE TABLE IF NOT EXISTS projection.checkpoint (
    name       text PRIMARY KEY,
    position   bigint      NOT NULL,
    problem    text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE projection.checkpoint
    ADD COLUMN version     integer NOT NULL DEFAULT 1,
    ADD COLUMN generation  bigint  NOT NULL DEFAULT 0,
    ADD COLUMN paused      boolean NOT NULL DEFAULT false,
    ADD COLUMN stopped     boolean NOT NULL DEFAULT false,
    ADD COLUMN gaps_filled bigint  NOT NULL DEFAULT 0,
    SET (fillfactor = 50);

-- Events that a read model could not apply, and all later ones of the same key, in order.
-- `name` is a read model, or one being built (`<name>__next`).
CREATE TABLE projection.parked (
    name         text,
    position     bigint,
    key          text        NOT NULL,
    stream       text        NOT NULL,
    version      bigint      NOT NULL,
    event        text        NOT NULL,
    payload      text        NOT NULL,
    error        text,
    attempts     integer     NOT NULL DEFAULT 0,
    announced    boolean     NOT NULL DEFAULT false,
    parked_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, position)
);
CREATE INDEX parked_by_key_idx ON projection.parked (name, key, position);

-- What an operator gave up on, with the reason: a rebuild meets the same events again.
CREATE TABLE projection.dropped (
    name       text,
    position   bigint,
    key        text        NOT NULL,
    stream     text        NOT NULL,
    event      text        NOT NULL,
    error      text,
    reason     text        NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, position)
);

-- Copies being built beside the live ones, with what has been replayed into them.
CREATE TABLE projection.build (
    name       text PRIMARY KEY,
    version    integer     NOT NULL,
    position   bigint      NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE audit_events (
    position       bigint PRIMARY KEY,
    stream         text        NOT NULL,
    version        bigint      NOT NULL,
    name           text        NOT NULL,
    actor          text        NOT NULL,
    command_id     text        NOT NULL,
    correlation_id text        NOT NULL,
    causation_id   text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL
);
CREATE INDEX audit_events_by_stream_idx ON audit_events (stream, position);
CREATE INDEX audit_events_by_actor_idx ON audit_events (actor, position);
CREATE INDEX audit_events_by_correlation_idx ON audit_events (correlation_id, position);
CREATE INDEX audit_events_by_name_idx ON audit_events (name, position);
CREATE INDEX audit_events_by_command_idx ON audit_events (command_id);
CREATE INDEX audit_events_by_recorded_at_idx ON audit_events (recorded_at, position);
-- Of staff: in the order of the log, whatever everybody else has done between.
CREATE INDEX audit_events_by_staff_idx ON audit_events (position)
    WHERE split_part(actor, ':', 1) IN ('operator', 'auditor', 'analyst', 'moderator', 'superadmin');

-- What an event names besides its own stream: order:ID, seller:ID, buyer:ID, payment:ID.
CREATE TABLE event_targets (
    target   text,
    position bigint,
    PRIMARY KEY (target, position)
);

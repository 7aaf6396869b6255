-- Each process manager has its own place in the log: one that is new to it begins where it says,
-- and what it cannot react to waits for it alone.
INSERT INTO process_checkpoint (name, position)
SELECT new.name, old.position
FROM process_checkpoint AS old, unnest(ARRAY[
    'release-escrow-after-acceptance', 'cancel-unpaid-order', 'refund-cancelled-order',
    'refund-cancelled-part', 'return-overpayment', 'pay-out-on-schedule', 'call-provider'
]) AS new (name)
WHERE old.name = 'processes'
ON CONFLICT DO NOTHING;
DELETE FROM process_checkpoint WHERE name = 'processes';

CREATE TABLE process_parked (
    process   text        NOT NULL,
    position  bigint      NOT NULL,
    problem   text        NOT NULL,
    attempts  integer     NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retry     boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (process, position)
);

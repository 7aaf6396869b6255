-- How far the relay has published the log, and the bus's own number of its last message. The bus
-- itself says it as long as it still has that message; this row is for when it has not.
CREATE TABLE relay_checkpoint (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint NOT NULL,
    sequence  bigint NOT NULL
) WITH (fillfactor = 10);

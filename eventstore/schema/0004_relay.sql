-- How far the relay has published the log. The bus itself says it as long as it still has the last
-- message; this row is for when it has not.
CREATE TABLE relay_checkpoint (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint NOT NULL
) WITH (fillfactor = 10);

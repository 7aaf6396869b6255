CREATE TABLE notes (
    note_id text PRIMARY KEY,
    text    text NOT NULL
);

-- Where a code goes: by letter, or as a text message to a number of a country.
ALTER TABLE challenges.challenge ADD COLUMN channel text NOT NULL DEFAULT 'email';
ALTER TABLE challenges.challenge ADD COLUMN country text NOT NULL DEFAULT '';

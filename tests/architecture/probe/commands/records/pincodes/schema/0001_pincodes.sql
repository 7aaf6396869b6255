CREATE SCHEMA pincodes;
CREATE TABLE pincodes.pincode (account_id text PRIMARY KEY, hashed bytea NOT NULL);

-- What a device is called, and until when it signs in by itself. Network addresses are not here.
ALTER TABLE devices.device ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE devices.device ADD COLUMN trusted_until timestamptz;

-- What staff asked to read and may not: the problem that was answered, '' for what was read.
ALTER TABLE projection.audit_read ADD COLUMN refused text NOT NULL DEFAULT '';

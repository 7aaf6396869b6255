-- A deadline is a process's, an instance's and a time's: the process says what is due. What waits
-- here for weeks holds no name of our code.
ALTER TABLE deadline DROP COLUMN command;

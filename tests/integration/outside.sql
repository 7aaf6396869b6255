SELECT * FROM file('{secret}', 'LineAsString', 'line String')
SELECT * FROM FILE /* no */ ('{secret}', 'LineAsString', 'line String')
SELECT * FROM `file`('{secret}', 'LineAsString', 'line String')
SELECT * FROM "\x66ile"('{secret}', 'LineAsString', 'line String')
SELECT file('{secret}')
SELECT `file`('{secret}')
SELECT * FROM view(SELECT file('{secret}'))
SELECT * FROM '{secret}'
SELECT * FROM `{secret}`
SELECT * FROM "{secret}"
SELECT * FROM _engine.`{secret}`
DESCRIBE TABLE file('{secret}')
EXPLAIN SELECT * FROM file('{secret}')
SELECT /* /* */ ' */ file('{secret}') /* ' */
SELECT 1 AS a$b$, file('{secret}') AS c$b$
SELECT $b$ ' $b$, file('{secret}'), $b$ ' $b$
SELECT * FROM fileCluster('default', '{secret}', 'LineAsString', 'line String')
SELECT * FROM icebergLocal('{secret}')
SELECT * FROM sqlite('{secret}', 't')
SELECT * FROM filesystem('{secret}')
SELECT * FROM url('file://{secret}', 'LineAsString', 'line String')
SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')
SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')
SELECT * FROM remote('127.0.0.1:1', system.one)
SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')
SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')
SELECT * FROM executable('id', 'LineAsString', 'x String')
SELECT * FROM Python(PYTHON_OBJECT)
SELECT * FROM "python"(PYTHON_OBJECT)
SELECT * FROM format('Template', 'a String', 'x') SETTINGS format_template_row = '{secret}'
SELECT * FROM view(SELECT * FROM format('Template', 'a String', 'x') SETTINGS format_template_row = '{secret}')
SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{secret}'
SELECT aiGenerate('x')
EXECUTE AS default SELECT 1
SELECT 1 INTO OUTFILE '{new}'
SELECT 1 INTO/**/OUTFILE '{new}' FORMAT CSV
SELECT 1 INTO OUTFILE $x${new}$x$
INSERT INTO FUNCTION file('{new}', 'LineAsString', 'line String') SELECT 'x'
INSERT INTO TABLE FUNCTION file('{new}', 'LineAsString', 'line String') SELECT 'x'
INSERT INTO kept FROM INFILE '{secret}' FORMAT CSV
INSERT INTO kept VALUES (file('{secret}'))
INSERT INTO kept VALUES ('x'), ((SELECT file('{secret}')))
INSERT INTO kept SELECT file('{secret}')
CREATE TABLE t (a String) ENGINE = File(CSV, '{new}')
CREATE TABLE t (a String) ENGINE = File(CSV)
CREATE TABLE t (a String) ENGINE = URL('http://127.0.0.1:1/', 'CSV')
CREATE TABLE t AS url('http://127.0.0.1:1/', 'CSV')
CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '{new}/')
CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = web, endpoint = 'http://127.0.0.1:1/')
CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = object_storage, object_storage_type = local, metadata_type = plain, path = '{new}/')
CREATE VIEW v AS SELECT * FROM file('{secret}', 'LineAsString', 'line String')
CREATE DATABASE d ENGINE = Filesystem('/')
CREATE DATABASE d ENGINE = SQLite('{new}')
CREATE DATABASE d ENGINE = MySQL('127.0.0.1:1', 'a', 'b', 'c')
CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(FILE(path '{secret}' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)
CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(EXECUTABLE(command 'id' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)
CREATE FUNCTION f AS (x) -> x
CREATE NAMED COLLECTION n AS a = 'b'
CREATE USER u IDENTIFIED WITH plaintext_password BY 'x'
GRANT ALL ON *.* TO default
BACKUP TABLE kept TO File('{new}')
RESTORE TABLE kept FROM File('{new}')
ATTACH TABLE t FROM '{new}' (a String) ENGINE = MergeTree ORDER BY a
ALTER TABLE kept FREEZE
ALTER TABLE kept FETCH PARTITION tuple() FROM '/x'
SYSTEM SHUTDOWN
SYSTEM FLUSH LOGS
KILL QUERY WHERE 1
SET format_template_row = '{secret}'
SELECT * FROM format('Values', 'x String', '(file(\'{secret}\'))')
SELECT * FROM format('Values', 'x String', concat('(fi', 'le(\'{secret}\'))'))
SELECT * FROM format('Values', 'x String', '((SELECT file(\'{secret}\')))')

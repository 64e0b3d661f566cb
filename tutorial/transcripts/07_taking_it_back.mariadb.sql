-- 07_taking_it_back on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: rollback
BEGIN
-- autoflush:
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'edwardo', 1, 'ed'
INSERT INTO user_account (name) VALUES (?)
--   'fake'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
SELECT count(*)
FROM (SELECT user_account.id, user_account.name
    FROM user_account) AS anon_1
ROLLBACK
BEGIN
-- refresh:
SELECT user_account.id, user_account.name FROM user_account WHERE user_account.id = ?
--   1
-- sent: 3 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: rollback

-- ANCHOR: nested
SAVEPOINT savepoint_1
INSERT INTO user_account (name) VALUES (?)
--   'wendy'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
RELEASE SAVEPOINT savepoint_1
SAVEPOINT savepoint_2
INSERT INTO user_account (name) VALUES (?)
--   'ed'
ROLLBACK TO SAVEPOINT savepoint_2
ROLLBACK TO SAVEPOINT savepoint_2
SAVEPOINT savepoint_3
INSERT INTO user_account (name) VALUES (?)
--   'mary'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
RELEASE SAVEPOINT savepoint_3
COMMIT
-- sent: 2 SELECT, 3 INSERT
-- ANCHOR_END: nested

-- ANCHOR: savepoint
BEGIN
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'eddie', 1, 'ed'
SAVEPOINT savepoint_1
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'somebody', 1, 'eddie'
ROLLBACK TO SAVEPOINT savepoint_1
-- refresh:
SELECT user_account.id, user_account.name FROM user_account WHERE user_account.id = ?
--   1
COMMIT
-- sent: 1 SELECT, 2 UPDATE
-- ANCHOR_END: savepoint

-- ANCHOR: mend
BEGIN
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'ed', 1, 'eddie'
INSERT INTO user_account (name) VALUES (?)
--   'wendy'
ROLLBACK
BEGIN
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'ed', 1, 'eddie'
INSERT INTO user_account (name) VALUES (?)
--   'wendy-2'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 1 SELECT, 2 INSERT, 2 UPDATE
-- ANCHOR_END: mend

-- ANCHOR: failed
BEGIN
INSERT INTO user_account (name) VALUES (?)
--   'mary'
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: failed

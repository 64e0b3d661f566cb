-- 30_async on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: save
BEGIN
INSERT INTO user_account (name) VALUES (?)
--   'ed'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO address (email, user_id) VALUES (?, ?)
--   'ed@x.org', 1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
BEGIN
UPDATE user_account
SET name = ?
WHERE user_account.id = ? AND CAST(CONVERT(user_account.name USING utf8mb4) AS BINARY)
    <=> CAST(CONVERT(? USING utf8mb4) AS BINARY)
--   'eddie', 1, 'ed'
COMMIT
-- sent: 2 SELECT, 2 INSERT, 1 UPDATE
-- ANCHOR_END: save

-- ANCHOR: read
BEGIN
SELECT user_account.id, user_account.name FROM user_account ORDER BY user_account.id
-- eager load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id = ?
ORDER BY address.id
--   1
-- sent: 2 SELECT
-- ANCHOR_END: read

-- ANCHOR: nested
SAVEPOINT savepoint_1
INSERT INTO user_account (name) VALUES (?)
--   'eddie'
ROLLBACK TO SAVEPOINT savepoint_1
ROLLBACK TO SAVEPOINT savepoint_1
-- sent: 1 INSERT
-- ANCHOR_END: nested

-- ANCHOR: blocking
BEGIN
SELECT count(*)
FROM (SELECT user_account.id, user_account.name
    FROM user_account) AS anon_1
-- sent: 1 SELECT
-- ANCHOR_END: blocking

-- ANCHOR: no-runtime
-- nothing is sent
-- ANCHOR_END: no-runtime

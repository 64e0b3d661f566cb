-- 06_changing on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: change
UPDATE user_account SET nickname = ? WHERE user_account.id = ?
--   'eddie', 1
COMMIT
-- sent: 1 UPDATE
-- ANCHOR_END: change

-- ANCHOR: same
BEGIN
-- refresh:
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = ?
--   1
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: same

-- ANCHOR: many
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
UPDATE user_account
SET name = p.column1
FROM (VALUES (?, ?), (?, ?)) AS p
WHERE user_account.id = p.column2
--   'ED', 1
--   'WENDY', 2
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: many

-- ANCHOR: delete
BEGIN
DELETE FROM user_account WHERE user_account.id = ?
--   1
SELECT count(*)
FROM (SELECT user_account.id, user_account.name, user_account.fullname,
        user_account.nickname
    FROM user_account
    WHERE user_account.name = ?) AS anon_1
--   'ED'
COMMIT
-- sent: 1 SELECT, 1 DELETE
-- ANCHOR_END: delete

-- ANCHOR: gone
-- nothing is sent
-- ANCHOR_END: gone

-- ANCHOR: blind
BEGIN
-- refresh:
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = ?
--   2
COMMIT
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.name = ?
--   'WENDY'
UPDATE user_account SET nickname = ? WHERE user_account.id = ?
--   'sandy', 2
COMMIT
BEGIN
UPDATE user_account
SET nickname = ?
WHERE user_account.id = ? AND user_account.nickname COLLATE BINARY IS ? COLLATE BINARY
--   'windy-2', 2, 'windy'
ROLLBACK
-- sent: 2 SELECT, 2 UPDATE
-- ANCHOR_END: blind

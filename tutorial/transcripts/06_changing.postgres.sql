-- 06_changing on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: change
SAVEPOINT flush
UPDATE user_account SET nickname = $1 WHERE user_account.id = $2
--   'eddie', 1
COMMIT
-- sent: 1 UPDATE
-- ANCHOR_END: change

-- ANCHOR: same
BEGIN
-- refresh:
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = $1
--   1
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: same

-- ANCHOR: many
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
UPDATE user_account
SET name = p.c1
FROM unnest($1, $2) AS p(c1, c2)
WHERE user_account.id = p.c2
--   ['ED', 'WENDY'], [1, 2]
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: many

-- ANCHOR: delete
BEGIN
DELETE FROM user_account WHERE user_account.id = $1
--   1
SELECT count(*)
FROM (SELECT user_account.id, user_account.name, user_account.fullname,
        user_account.nickname
    FROM user_account
    WHERE user_account.name = $1) AS anon_1
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
WHERE user_account.id = $1
--   2
COMMIT
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.name = $1
--   'WENDY'
UPDATE user_account SET nickname = $1 WHERE user_account.id = $2
--   'sandy', 2
COMMIT
BEGIN
UPDATE user_account
SET nickname = $1
WHERE user_account.id = $2 AND user_account.nickname IS NOT DISTINCT FROM $3
--   'windy-2', 2, 'windy'
ROLLBACK
-- sent: 2 SELECT, 2 UPDATE
-- ANCHOR_END: blind

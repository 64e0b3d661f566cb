-- 07_taking_it_back on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: rollback
BEGIN
-- autoflush:
UPDATE user_account
SET name = $1
WHERE user_account.id = $2 AND user_account.name IS NOT DISTINCT FROM $3
--   'edwardo', 1, 'ed'
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'fake'
SELECT count(*)
FROM (SELECT user_account.id, user_account.name
    FROM user_account) AS anon_1
ROLLBACK
BEGIN
-- refresh:
SELECT user_account.id, user_account.name FROM user_account WHERE user_account.id = $1
--   1
-- sent: 2 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: rollback

-- ANCHOR: nested
SAVEPOINT savepoint_1
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'wendy'
RELEASE SAVEPOINT savepoint_1
SAVEPOINT savepoint_2
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'ed'
ROLLBACK TO SAVEPOINT savepoint_2
ROLLBACK TO SAVEPOINT savepoint_2
SAVEPOINT savepoint_3
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'mary'
RELEASE SAVEPOINT savepoint_3
COMMIT
-- sent: 3 INSERT
-- ANCHOR_END: nested

-- ANCHOR: savepoint
BEGIN
UPDATE user_account
SET name = $1
WHERE user_account.id = $2 AND user_account.name IS NOT DISTINCT FROM $3
--   'eddie', 1, 'ed'
SAVEPOINT savepoint_1
UPDATE user_account
SET name = $1
WHERE user_account.id = $2 AND user_account.name IS NOT DISTINCT FROM $3
--   'somebody', 1, 'eddie'
ROLLBACK TO SAVEPOINT savepoint_1
-- refresh:
SELECT user_account.id, user_account.name FROM user_account WHERE user_account.id = $1
--   1
COMMIT
-- sent: 1 SELECT, 2 UPDATE
-- ANCHOR_END: savepoint

-- ANCHOR: mend
BEGIN
UPDATE user_account
SET name = $1
WHERE user_account.id = $2 AND user_account.name IS NOT DISTINCT FROM $3
--   'ed', 1, 'eddie'
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'wendy'
ROLLBACK
BEGIN
UPDATE user_account
SET name = $1
WHERE user_account.id = $2 AND user_account.name IS NOT DISTINCT FROM $3
--   'ed', 1, 'eddie'
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'wendy-2'
COMMIT
-- sent: 2 INSERT, 2 UPDATE
-- ANCHOR_END: mend

-- ANCHOR: failed
BEGIN
INSERT INTO user_account (name) VALUES ($1) RETURNING id
--   'mary'
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: failed

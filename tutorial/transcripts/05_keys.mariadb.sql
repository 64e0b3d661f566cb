-- 05_keys on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: same
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = ?
--   1
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.name = ?
--   'ed'
-- sent: 2 SELECT
-- ANCHOR_END: same

-- ANCHOR: warm
-- nothing is sent
-- ANCHOR_END: warm

-- ANCHOR: long
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
ORDER BY user_account.id
-- sent: 1 SELECT
-- ANCHOR_END: long

-- ANCHOR: foreign
-- nothing is sent
-- ANCHOR_END: foreign

-- ANCHOR: take
-- nothing is sent
-- ANCHOR_END: take

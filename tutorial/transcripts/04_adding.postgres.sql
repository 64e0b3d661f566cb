-- 04_adding on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: add
-- nothing is sent
-- ANCHOR_END: add

-- ANCHOR: autoflush
BEGIN
-- autoflush:
INSERT INTO user_account (name, fullname, nickname) VALUES ($1, $2, $3) RETURNING id
--   'ed', 'Ed Jones', 'edsnickname'
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.name = $1
LIMIT $2
--   'ed', 1
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: autoflush

-- ANCHOR: more
SAVEPOINT flush
UPDATE user_account SET nickname = $1 WHERE user_account.id = $2
--   'eddie', 1
INSERT INTO user_account (name, fullname, nickname) SELECT p.c1, p.c2, p.c3
FROM unnest($1, $2, $3) WITH ORDINALITY AS p(c1, c2, c3, n)
ORDER BY p.n
RETURNING id
--   ['wendy', 'mary', 'fred'], ['Wendy Williams', 'Mary Contrary', 'Fred Flintstone'],
--       ['windy', 'mary', 'freddy']
COMMIT
-- sent: 1 INSERT, 1 UPDATE
-- ANCHOR_END: more

-- ANCHOR: expired
BEGIN
-- refresh:
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = $1
--   1
-- sent: 1 SELECT
-- ANCHOR_END: expired

-- ANCHOR: forgotten
BEGIN
INSERT INTO user_account (name, fullname, nickname) VALUES ($1, $2, $3) RETURNING id
--   'jack', 'Jack Bean', 'gjffdd'
ROLLBACK
BEGIN
SELECT count(*)
FROM (SELECT user_account.id, user_account.name, user_account.fullname,
        user_account.nickname
    FROM user_account
    WHERE user_account.name = $1) AS anon_1
--   'jack'
ROLLBACK
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: forgotten

-- ANCHOR: twice
ROLLBACK
-- ANCHOR_END: twice

-- 04_adding on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: add
-- nothing is sent
-- ANCHOR_END: add

-- ANCHOR: autoflush
BEGIN
-- autoflush:
INSERT INTO user_account (name, fullname, nickname) VALUES (?, ?, ?) RETURNING id
--   'ed', 'Ed Jones', 'edsnickname'
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.name = ?
LIMIT ?
--   'ed', 1
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: autoflush

-- ANCHOR: more
SAVEPOINT flush
UPDATE user_account SET nickname = ? WHERE user_account.id = ?
--   'eddie', 1
INSERT INTO user_account (name, fullname, nickname)
VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)
RETURNING id
--   'wendy', 'Wendy Williams', 'windy'
--   'mary', 'Mary Contrary', 'mary'
--   'fred', 'Fred Flintstone', 'freddy'
RELEASE SAVEPOINT flush
COMMIT
-- sent: 1 INSERT, 1 UPDATE
-- ANCHOR_END: more

-- ANCHOR: expired
BEGIN
-- refresh:
SELECT user_account.id, user_account.name, user_account.fullname, user_account.nickname
FROM user_account
WHERE user_account.id = ?
--   1
-- sent: 1 SELECT
-- ANCHOR_END: expired

-- ANCHOR: forgotten
BEGIN
INSERT INTO user_account (name, fullname, nickname) VALUES (?, ?, ?) RETURNING id
--   'jack', 'Jack Bean', 'gjffdd'
ROLLBACK
BEGIN
SELECT count(*)
FROM (SELECT user_account.id, user_account.name, user_account.fullname,
        user_account.nickname
    FROM user_account
    WHERE user_account.name = ?) AS anon_1
--   'jack'
ROLLBACK
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: forgotten

-- ANCHOR: twice
ROLLBACK
-- ANCHOR_END: twice

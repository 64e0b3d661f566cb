-- 14_one_to_many on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: push
-- nothing is sent
-- ANCHOR_END: push

-- ANCHOR: commit
BEGIN
INSERT INTO user_account (name) VALUES (?) RETURNING id
--   'jack'
INSERT INTO address (email, user_id) VALUES (?, ?), (?, ?) RETURNING id
--   'jack@x.org', 1
--   'j25@y.org', 1
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: commit

-- ANCHOR: whole
BEGIN
INSERT INTO user_account (name) VALUES (?) RETURNING id
--   'wendy'
INSERT INTO address (email, user_id) VALUES (?, ?), (?, ?) RETURNING id
--   'wendy@x.org', 2
--   'windy@y.org', 2
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: whole

-- ANCHOR: set
BEGIN
INSERT INTO address (email, user_id) VALUES (?, ?) RETURNING id
--   'jack@z.org', 1
COMMIT
-- sent: 1 INSERT
-- ANCHOR_END: set

-- ANCHOR: read
BEGIN
-- lazy load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id = ?
ORDER BY address.id
--   1
-- sent: 1 SELECT
-- ANCHOR_END: read

-- ANCHOR: move
UPDATE address SET user_id = ? WHERE address.id = ?
--   2, 5
COMMIT
-- sent: 1 UPDATE
-- ANCHOR_END: move

-- ANCHOR: clear
BEGIN
UPDATE address SET user_id = ? WHERE address.id = ?
--   NULL, 5
COMMIT
-- sent: 1 UPDATE
-- ANCHOR_END: clear

-- ANCHOR: one-to-one
BEGIN
INSERT INTO badge DEFAULT VALUES RETURNING id
INSERT INTO holder (badge_id) VALUES (?) RETURNING id
--   1
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: one-to-one

-- ANCHOR: raw-key
BEGIN
INSERT INTO address (email, user_id) VALUES (?, ?) RETURNING id
--   'nobody@x.org', 99
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: raw-key

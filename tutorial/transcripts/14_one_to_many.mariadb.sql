-- 14_one_to_many on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: push
-- nothing is sent
-- ANCHOR_END: push

-- ANCHOR: commit
BEGIN
INSERT INTO user_account (name) VALUES (?)
--   'jack'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO address (email, user_id) VALUES (?, ?), (?, ?)
--   'jack@x.org', 1
--   'j25@y.org', 1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 2 SELECT, 2 INSERT
-- ANCHOR_END: commit

-- ANCHOR: whole
BEGIN
INSERT INTO user_account (name) VALUES (?)
--   'wendy'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO address (email, user_id) VALUES (?, ?), (?, ?)
--   'wendy@x.org', 2
--   'windy@y.org', 2
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 2 SELECT, 2 INSERT
-- ANCHOR_END: whole

-- ANCHOR: set
BEGIN
INSERT INTO address (email, user_id) VALUES (?, ?)
--   'jack@z.org', 1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 1 SELECT, 1 INSERT
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
INSERT INTO badge () VALUES ()
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO holder (badge_id) VALUES (?)
--   1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 2 SELECT, 2 INSERT
-- ANCHOR_END: one-to-one

-- ANCHOR: raw-key
BEGIN
INSERT INTO address (email, user_id) VALUES (?, ?)
--   'nobody@x.org', 99
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: raw-key

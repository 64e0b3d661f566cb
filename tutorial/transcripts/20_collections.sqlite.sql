-- 20_collections on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: insert
BEGIN
INSERT INTO animal (name) VALUES (?) RETURNING id
--   'stoat'
INSERT INTO fact (animal_id, name, value) VALUES (?, ?, ?), (?, ?, ?) RETURNING id
--   1, 'colour', 'reddish'
--   1, 'cuteness', 'somewhat'
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: insert

-- ANCHOR: lookup
-- lazy load of Animal.facts:
SELECT fact.id, fact.animal_id, fact.name, fact.value FROM fact WHERE fact.animal_id = ?
--   1
-- sent: 1 SELECT
-- ANCHOR_END: lookup

-- ANCHOR: replace
UPDATE fact SET value = ? WHERE fact.id = ?
--   'white', 1
DELETE FROM fact WHERE fact.id = ?
--   2
COMMIT
-- sent: 1 UPDATE, 1 DELETE
-- ANCHOR_END: replace

-- ANCHOR: tags
BEGIN
INSERT INTO post DEFAULT VALUES RETURNING id
INSERT INTO tag (word) VALUES (?)
--   'rust'
INSERT INTO post_tag (post_id, tag_id) VALUES (?, ?)
--   1, 'rust'
COMMIT
BEGIN
-- lazy load of Post.tags:
SELECT post_tag.post_id, tag.word
FROM post_tag
JOIN tag ON post_tag.tag_id = tag.word
WHERE post_tag.post_id = ?
--   1
-- sent: 1 SELECT, 3 INSERT
-- ANCHOR_END: tags

-- ANCHOR: book
BEGIN
INSERT INTO booking (account_id, cents) VALUES (?, ?), (?, ?), (?, ?) RETURNING id
--   1, 100
--   1, 250
--   1, -40
COMMIT
-- sent: 1 INSERT
-- ANCHOR_END: book

-- ANCHOR: page
SELECT count(*)
FROM (SELECT booking.id, booking.account_id, booking.cents
    FROM booking
    WHERE booking.account_id = ?) AS anon_1
--   1
SELECT booking.id, booking.account_id, booking.cents
FROM booking
WHERE booking.account_id = ?
ORDER BY booking.id DESC
LIMIT ?
--   1, 2
-- sent: 2 SELECT
-- ANCHOR_END: page

-- ANCHOR: sum
SELECT sum(booking.cents) FROM booking WHERE booking.account_id = ?
--   1
-- sent: 1 SELECT
-- ANCHOR_END: sum

-- ANCHOR: stream
SELECT booking.id, booking.account_id, booking.cents FROM booking
-- sent: 1 SELECT
-- ANCHOR_END: stream

-- ANCHOR: raise
-- nothing is sent
-- ANCHOR_END: raise

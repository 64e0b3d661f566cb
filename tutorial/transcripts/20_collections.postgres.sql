-- 20_collections on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: insert
BEGIN
INSERT INTO animal (name) VALUES ($1) RETURNING id
--   'stoat'
INSERT INTO fact (animal_id, name, value) SELECT p.c1, p.c2, p.c3
FROM unnest($1, $2, $3) WITH ORDINALITY AS p(c1, c2, c3, n)
ORDER BY p.n
RETURNING id
--   [1, 1], ['colour', 'cuteness'], ['reddish', 'somewhat']
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: insert

-- ANCHOR: lookup
-- lazy load of Animal.facts:
SELECT fact.id, fact.animal_id, fact.name, fact.value
FROM fact
WHERE fact.animal_id = $1
--   1
-- sent: 1 SELECT
-- ANCHOR_END: lookup

-- ANCHOR: replace
UPDATE fact SET value = $1 WHERE fact.id = $2
--   'white', 1
DELETE FROM fact WHERE fact.id = $1
--   2
COMMIT
-- sent: 1 UPDATE, 1 DELETE
-- ANCHOR_END: replace

-- ANCHOR: tags
BEGIN
INSERT INTO post DEFAULT VALUES RETURNING id
INSERT INTO tag (word) VALUES ($1)
--   'rust'
INSERT INTO post_tag (post_id, tag_id) VALUES ($1, $2)
--   1, 'rust'
COMMIT
BEGIN
-- lazy load of Post.tags:
SELECT post_tag.post_id, tag.word
FROM post_tag
JOIN tag ON post_tag.tag_id = tag.word
WHERE post_tag.post_id = $1
--   1
-- sent: 1 SELECT, 3 INSERT
-- ANCHOR_END: tags

-- ANCHOR: book
BEGIN
INSERT INTO booking (account_id, cents) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   [1, 1, 1], [100, 250, -40]
COMMIT
-- sent: 1 INSERT
-- ANCHOR_END: book

-- ANCHOR: page
SELECT count(*)
FROM (SELECT booking.id, booking.account_id, booking.cents
    FROM booking
    WHERE booking.account_id = $1) AS anon_1
--   1
SELECT booking.id, booking.account_id, booking.cents
FROM booking
WHERE booking.account_id = $1
ORDER BY booking.id DESC
LIMIT $2
--   1, 2
-- sent: 2 SELECT
-- ANCHOR_END: page

-- ANCHOR: sum
SELECT CAST(sum(booking.cents) AS BIGINT) FROM booking WHERE booking.account_id = $1
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

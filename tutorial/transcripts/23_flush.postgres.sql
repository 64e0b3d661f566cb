-- 23_flush on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: wrong-way
-- nothing is sent
-- ANCHOR_END: wrong-way

-- ANCHOR: plan
-- nothing is sent
-- ANCHOR_END: plan

-- ANCHOR: flush
BEGIN
INSERT INTO author (name) VALUES ($1) RETURNING id
--   'Jane Austen'
INSERT INTO book (title, author_id, shelf) SELECT p.c1, p.c2, p.c3
FROM unnest($1, $2, $3) WITH ORDINALITY AS p(c1, c2, c3, n)
ORDER BY p.n
RETURNING id
--   ['Emma', 'Persuasion'], [1, 1], [NULL, NULL]
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: flush

-- ANCHOR: mixed
UPDATE author SET name = $1 WHERE author.id = $2 AND author.name IS NOT DISTINCT FROM $3
--   'J. Austen', 1, 'Jane Austen'
UPDATE book SET shelf = $1 WHERE book.id = $2
--   'A3', 1
UPDATE book SET title = $1 WHERE book.id = $2
--   'Persuasion, 2nd edition', 2
INSERT INTO book (title, author_id, shelf) VALUES ($1, $2, $3) RETURNING id
--   'Sanditon', 1, NULL
COMMIT
-- sent: 1 INSERT, 3 UPDATE
-- ANCHOR_END: mixed

-- ANCHOR: nothing
-- nothing is sent
-- ANCHOR_END: nothing

-- ANCHOR: delete
SELECT book.id, book.title, book.author_id, book.shelf
FROM book
WHERE book.author_id = $1
ORDER BY book.id
--   1
DELETE FROM book WHERE book.id = ANY($1)
--   [1, 2, 3]
DELETE FROM author WHERE author.id = $1
--   1
COMMIT
-- sent: 1 SELECT, 2 DELETE
-- ANCHOR_END: delete

-- ANCHOR: quiet
BEGIN
SELECT count(*) FROM (SELECT author.id, author.name FROM author) AS anon_1
-- autoflush:
INSERT INTO author (name) VALUES ($1) RETURNING id
--   'Mary Shelley'
SELECT count(*) FROM (SELECT author.id, author.name FROM author) AS anon_1
ROLLBACK
-- sent: 2 SELECT, 1 INSERT
-- ANCHOR_END: quiet

-- ANCHOR: unset
BEGIN
ROLLBACK
-- ANCHOR_END: unset

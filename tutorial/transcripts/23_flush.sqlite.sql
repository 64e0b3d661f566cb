-- 23_flush on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: wrong-way
-- nothing is sent
-- ANCHOR_END: wrong-way

-- ANCHOR: plan
-- nothing is sent
-- ANCHOR_END: plan

-- ANCHOR: flush
BEGIN
INSERT INTO author (name) VALUES (?) RETURNING id
--   'Jane Austen'
INSERT INTO book (title, author_id, shelf) VALUES (?, ?, ?), (?, ?, ?) RETURNING id
--   'Emma', 1, NULL
--   'Persuasion', 1, NULL
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: flush

-- ANCHOR: mixed
UPDATE author
SET name = ?
WHERE author.id = ? AND author.name COLLATE BINARY IS ? COLLATE BINARY
--   'J. Austen', 1, 'Jane Austen'
UPDATE book SET shelf = ? WHERE book.id = ?
--   'A3', 1
UPDATE book SET title = ? WHERE book.id = ?
--   'Persuasion, 2nd edition', 2
INSERT INTO book (title, author_id, shelf) VALUES (?, ?, ?) RETURNING id
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
WHERE book.author_id = ?
ORDER BY book.id
--   1
DELETE FROM book WHERE book.id IN (?, ?, ?)
--   1, 2, 3
DELETE FROM author WHERE author.id = ?
--   1
COMMIT
-- sent: 1 SELECT, 2 DELETE
-- ANCHOR_END: delete

-- ANCHOR: quiet
BEGIN
SELECT count(*) FROM (SELECT author.id, author.name FROM author) AS anon_1
-- autoflush:
INSERT INTO author (name) VALUES (?) RETURNING id
--   'Mary Shelley'
SELECT count(*) FROM (SELECT author.id, author.name FROM author) AS anon_1
ROLLBACK
-- sent: 2 SELECT, 1 INSERT
-- ANCHOR_END: quiet

-- ANCHOR: unset
BEGIN
ROLLBACK
-- ANCHOR_END: unset

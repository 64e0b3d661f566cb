-- 26_hooks on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: slug
BEGIN
INSERT INTO author (name, slug) VALUES ($1, $2) RETURNING id
--   'Jane Austen', 'jane-austen'
COMMIT
BEGIN
-- refresh:
SELECT author.id, author.name, author.slug FROM author WHERE author.id = $1
--   1
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: slug

-- ANCHOR: log
BEGIN
SELECT author.id, author.name, author.slug FROM author
UPDATE author SET name = $1 WHERE author.id = $2
--   'Jane', 1
INSERT INTO change (text) VALUES ($1)
--   'renamed to Jane'
COMMIT
-- sent: 1 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: log

-- ANCHOR: refuse
BEGIN
SELECT author.id, author.name, author.slug FROM author
-- sent: 1 SELECT
-- ANCHOR_END: refuse

-- ANCHOR: attributes
-- nothing is sent
-- ANCHOR_END: attributes

-- ANCHOR: visible
BEGIN
SELECT author.id, author.name, author.slug, book_1.id, book_1.title, book_1.number,
    book_1.hidden, book_1.author_id
FROM author
LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id
    AND book_1.hidden = $1
ORDER BY book_1.id
--   FALSE
SELECT count(*)
FROM (SELECT book.id, book.title, book.number, book.hidden, book.author_id
    FROM book) AS anon_1
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: visible

-- ANCHOR: execute
BEGIN
SELECT count(*)
FROM (SELECT book.id, book.title, book.number, book.hidden, book.author_id
    FROM book
    WHERE book.hidden = $1) AS anon_1
--   FALSE
SELECT count(*)
FROM (SELECT book.id, book.title, book.number, book.hidden, book.author_id
    FROM book) AS anon_1
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: execute

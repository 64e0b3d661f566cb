-- 38_unit_of_work on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: use
SELECT coalesce(max(id), 0) FROM branch
INSERT INTO branch (id, name, parent_id) VALUES ($1, $2, $3)
--   1, 'root', NULL
SELECT coalesce(max(id), 0) FROM branch
INSERT INTO branch (id, name, parent_id) VALUES ($1, $2, $3), ($4, $5, $6)
--   2, 'twig', 1
--   3, 'second twig', 1
UPDATE branch SET name = $1 WHERE id = $2
--   'first twig', 2
-- sent: 2 SELECT, 2 INSERT, 1 UPDATE
-- ANCHOR_END: use

-- ANCHOR: undo
DELETE FROM branch WHERE id = $1
--   3
DELETE FROM branch WHERE id = $1
--   2
DELETE FROM branch WHERE id = $1
--   1
-- sent: 3 DELETE
-- ANCHOR_END: undo

-- ANCHOR: same
BEGIN
INSERT INTO branch (name, parent_id) VALUES ($1, $2) RETURNING id
--   'root', NULL
INSERT INTO branch (name, parent_id) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   ['twig', 'second twig'], [1, 1]
SAVEPOINT flush
UPDATE branch SET name = $1 WHERE branch.id = $2
--   'first twig', 2
COMMIT
-- sent: 2 INSERT, 1 UPDATE
-- ANCHOR_END: same

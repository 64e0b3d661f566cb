-- 38_unit_of_work on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: use
SELECT coalesce(max(id), 0) FROM branch
INSERT INTO branch (id, name, parent_id) VALUES (?, ?, ?)
--   1, 'root', NULL
SELECT coalesce(max(id), 0) FROM branch
INSERT INTO branch (id, name, parent_id) VALUES (?, ?, ?), (?, ?, ?)
--   2, 'twig', 1
--   3, 'second twig', 1
UPDATE branch SET name = ? WHERE id = ?
--   'first twig', 2
-- sent: 2 SELECT, 2 INSERT, 1 UPDATE
-- ANCHOR_END: use

-- ANCHOR: undo
DELETE FROM branch WHERE id = ?
--   3
DELETE FROM branch WHERE id = ?
--   2
DELETE FROM branch WHERE id = ?
--   1
-- sent: 3 DELETE
-- ANCHOR_END: undo

-- ANCHOR: same
BEGIN
INSERT INTO branch (name, parent_id) VALUES (?, ?)
--   'root', NULL
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO branch (name, parent_id) VALUES (?, ?), (?, ?)
--   'twig', 4
--   'second twig', 4
SELECT LAST_INSERT_ID(), @@auto_increment_increment
UPDATE branch SET name = ? WHERE branch.id = ?
--   'first twig', 5
COMMIT
-- sent: 2 SELECT, 2 INSERT, 1 UPDATE
-- ANCHOR_END: same

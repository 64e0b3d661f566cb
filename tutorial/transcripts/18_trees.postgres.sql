-- 18_trees on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: build
BEGIN
INSERT INTO node (name, parent_id) VALUES ($1, $2) RETURNING id
--   'root', NULL
INSERT INTO node (name, parent_id) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   ['a', 'b'], [1, 1]
INSERT INTO node (name, parent_id) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   ['x', 'y'], [2, 2]
COMMIT
-- sent: 3 INSERT
-- ANCHOR_END: build

-- ANCHOR: load
BEGIN
SELECT node.id, node.name, node.parent_id FROM node WHERE node.parent_id IS NULL
-- eager load of Node.children:
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id = $1
ORDER BY node.name
--   1
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id = ANY($1)
ORDER BY node.name
--   [2, 3]
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id = ANY($1)
ORDER BY node.name
--   [4, 5]
-- sent: 4 SELECT
-- ANCHOR_END: load

-- ANCHOR: walk
-- nothing is sent
-- ANCHOR_END: walk

-- ANCHOR: move
SELECT node.id, node.name, node.parent_id FROM node WHERE node.name = $1
--   'x'
SELECT node.id, node.name, node.parent_id FROM node WHERE node.name = $1
--   'b'
UPDATE node SET parent_id = $1 WHERE node.id = $2
--   3, 4
COMMIT
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: move

-- ANCHOR: below-path
BEGIN
SELECT folder.path
FROM folder
WHERE folder.path LIKE $1 ESCAPE '/' AND folder.path != $2
ORDER BY folder.path
--   '//root//a//%', '/root/a/'
-- sent: 1 SELECT
-- ANCHOR_END: below-path

-- ANCHOR: below-view
SELECT folder.id, folder.path FROM folder WHERE folder.path = $1
--   '/root/a/'
-- lazy load of Folder.below:
SELECT folder_1.id, folder.id, folder.path
FROM folder AS folder_1
JOIN folder ON folder.path LIKE replace(replace(replace(folder_1.path, $1, $2), $3, $4),
    $5, $6) || $7 ESCAPE '/' AND folder.path != folder_1.path
WHERE folder_1.id = $8
ORDER BY folder.path
--   '/', '//', '%', '/%', '_', '/_', '%', 2
-- sent: 2 SELECT
-- ANCHOR_END: below-view

-- ANCHOR: below-sets
SELECT category.name
FROM category
JOIN category AS above ON category.first > above.first AND category.last < above.last
WHERE above.name = $1
ORDER BY category.first
--   'a'
-- sent: 1 SELECT
-- ANCHOR_END: below-sets

-- ANCHOR: insert-sets
UPDATE category SET last = category.last + $1 WHERE category.last >= $2
--   2, 7
UPDATE category SET first = category.first + $1 WHERE category.first > $2
--   2, 7
SAVEPOINT flush
INSERT INTO category (name, first, last) VALUES ($1, $2, $3) RETURNING id
--   'z', 7, 8
COMMIT
-- sent: 1 INSERT, 2 UPDATE
-- ANCHOR_END: insert-sets

-- ANCHOR: circle
-- nothing is sent
-- ANCHOR_END: circle

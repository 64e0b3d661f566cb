-- 18_trees on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: build
BEGIN
INSERT INTO node (name, parent_id) VALUES (?, ?)
--   'root', NULL
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO node (name, parent_id) VALUES (?, ?), (?, ?)
--   'a', 1
--   'b', 1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO node (name, parent_id) VALUES (?, ?), (?, ?)
--   'x', 2
--   'y', 2
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 3 SELECT, 3 INSERT
-- ANCHOR_END: build

-- ANCHOR: load
BEGIN
SELECT node.id, node.name, node.parent_id FROM node WHERE node.parent_id IS NULL
-- eager load of Node.children:
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id = ?
ORDER BY node.name
--   1
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id IN (?, ?)
ORDER BY node.name
--   2, 3
SELECT node.id, node.name, node.parent_id
FROM node
WHERE node.parent_id IN (?, ?)
ORDER BY node.name
--   4, 5
-- sent: 4 SELECT
-- ANCHOR_END: load

-- ANCHOR: walk
-- nothing is sent
-- ANCHOR_END: walk

-- ANCHOR: move
SELECT node.id, node.name, node.parent_id FROM node WHERE node.name = ?
--   'x'
SELECT node.id, node.name, node.parent_id FROM node WHERE node.name = ?
--   'b'
UPDATE node SET parent_id = ? WHERE node.id = ?
--   3, 4
COMMIT
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: move

-- ANCHOR: below-path
BEGIN
SELECT folder.path
FROM folder
WHERE folder.path LIKE ? COLLATE utf8mb4_nopad_bin ESCAPE '/'
    AND folder.path != ?
ORDER BY folder.path
--   '//root//a//%', '/root/a/'
-- sent: 1 SELECT
-- ANCHOR_END: below-path

-- ANCHOR: below-view
SELECT folder.id, folder.path FROM folder WHERE folder.path = ?
--   '/root/a/'
-- lazy load of Folder.below:
SELECT folder_1.id, folder.id, folder.path
FROM folder AS folder_1
JOIN folder ON folder.path LIKE concat(replace(replace(replace(folder_1.path, concat(?),
    concat(?)), concat(?), concat(?)), concat(?), concat(?)), ?) COLLATE
    utf8mb4_nopad_bin ESCAPE '/' AND folder.path != folder_1.path
WHERE folder_1.id = ?
ORDER BY folder.path
--   '/', '//', '%', '/%', '_', '/_', '%', 2
-- sent: 2 SELECT
-- ANCHOR_END: below-view

-- ANCHOR: below-sets
SELECT category.name
FROM category
JOIN category AS above ON category.first > above.first AND category.last < above.last
WHERE above.name = ?
ORDER BY category.first
--   'a'
-- sent: 1 SELECT
-- ANCHOR_END: below-sets

-- ANCHOR: insert-sets
UPDATE category SET last = category.last + CAST(? AS SIGNED) WHERE category.last >= ?
--   2, 7
UPDATE category SET first = category.first + CAST(? AS SIGNED) WHERE category.first > ?
--   2, 7
SAVEPOINT flush
INSERT INTO category (name, first, last) VALUES (?, ?, ?)
--   'z', 7, 8
SELECT LAST_INSERT_ID(), @@auto_increment_increment
RELEASE SAVEPOINT flush
COMMIT
-- sent: 1 SELECT, 1 INSERT, 2 UPDATE
-- ANCHOR_END: insert-sets

-- ANCHOR: circle
-- nothing is sent
-- ANCHOR_END: circle

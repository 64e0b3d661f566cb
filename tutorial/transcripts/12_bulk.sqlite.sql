-- 12_bulk on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: insert
BEGIN
INSERT INTO item (name, price, stock) VALUES (?, ?, ?), (?, ?, ?), … 1000 in all
--   'item 1', 101, 5
--   'item 2', 102, 5
--   'item 3', 103, 5
--   'item 4', 104, 5
--   … 1000 rows in all
-- sent: 1 INSERT
-- ANCHOR_END: insert

-- ANCHOR: add
BEGIN
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 1', 101, 5
--   'item 2', 102, 5
--   'item 3', 103, 5
--   'item 4', 104, 5
--   … 100 rows in all
-- … the same statement 9 times more
-- sent: 10 INSERT
-- ANCHOR_END: add

-- ANCHOR: update
BEGIN
UPDATE item SET price = item.price + ? WHERE item.price < ?
--   10, 200
-- sent: 1 UPDATE
-- ANCHOR_END: update

-- ANCHOR: stale
BEGIN
SELECT item.id, item.name, item.price, item.stock FROM item WHERE item.name = ?
--   'item 1'
UPDATE item SET price = item.price + ? WHERE item.price < ?
--   10, 200
-- refresh:
SELECT item.id, item.name, item.price, item.stock FROM item WHERE item.id = ?
--   1
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: stale

-- ANCHOR: delete
BEGIN
DELETE FROM item WHERE item.price > ?
--   1000
-- sent: 1 DELETE
-- ANCHOR_END: delete

-- ANCHOR: duplicate
BEGIN
INSERT INTO item (id, name, price, stock)
VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)
--   5001, 'a', 1, 1
--   5002, 'b', 2, 2
--   5001, 'c', 3, 3
-- sent: 1 INSERT
-- ANCHOR_END: duplicate

-- 12_bulk on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: insert
BEGIN
INSERT INTO item (name, price, stock) VALUES ($1, $2, $3), ($4, $5, $6), … 1000 in all
--   'item 1', 101, 5
--   'item 2', 102, 5
--   'item 3', 103, 5
--   'item 4', 104, 5
--   … 1000 rows in all
-- sent: 1 INSERT
-- ANCHOR_END: insert

-- ANCHOR: add
BEGIN
INSERT INTO item (name, price, stock) SELECT p.c1, p.c2, p.c3
FROM unnest($1, $2, $3) WITH ORDINALITY AS p(c1, c2, c3, n)
ORDER BY p.n
RETURNING id
--   ['item 1', 'item 2', 'item 3', … 11 in all], [101, 102, 103, … 11 in all], [5, 5,
--       5, … 11 in all]
-- sent: 1 INSERT
-- ANCHOR_END: add

-- ANCHOR: update
BEGIN
UPDATE item SET price = item.price + $1 WHERE item.price < $2
--   10, 200
-- sent: 1 UPDATE
-- ANCHOR_END: update

-- ANCHOR: stale
BEGIN
SELECT item.id, item.name, item.price, item.stock FROM item WHERE item.name = $1
--   'item 1'
UPDATE item SET price = item.price + $1 WHERE item.price < $2
--   10, 200
-- refresh:
SELECT item.id, item.name, item.price, item.stock FROM item WHERE item.id = $1
--   1001
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: stale

-- ANCHOR: delete
BEGIN
DELETE FROM item WHERE item.price > $1
--   1000
-- sent: 1 DELETE
-- ANCHOR_END: delete

-- ANCHOR: duplicate
BEGIN
INSERT INTO item (id, name, price, stock)
VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12)
--   5001, 'a', 1, 1
--   5002, 'b', 2, 2
--   5001, 'c', 3, 3
-- sent: 1 INSERT
-- ANCHOR_END: duplicate

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
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 101', 201, 5
--   'item 102', 202, 5
--   'item 103', 203, 5
--   'item 104', 204, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 201', 301, 5
--   'item 202', 302, 5
--   'item 203', 303, 5
--   'item 204', 304, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 301', 401, 5
--   'item 302', 402, 5
--   'item 303', 403, 5
--   'item 304', 404, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 401', 501, 5
--   'item 402', 502, 5
--   'item 403', 503, 5
--   'item 404', 504, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 501', 601, 5
--   'item 502', 602, 5
--   'item 503', 603, 5
--   'item 504', 604, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 601', 701, 5
--   'item 602', 702, 5
--   'item 603', 703, 5
--   'item 604', 704, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 701', 801, 5
--   'item 702', 802, 5
--   'item 703', 803, 5
--   'item 704', 804, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 801', 901, 5
--   'item 802', 902, 5
--   'item 803', 903, 5
--   'item 804', 904, 5
--   … 100 rows in all
INSERT INTO item (name, price, stock)
VALUES (?, ?, ?), (?, ?, ?), … 100 in all
RETURNING id
--   'item 901', 1001, 5
--   'item 902', 1002, 5
--   'item 903', 1003, 5
--   'item 904', 1004, 5
--   … 100 rows in all
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

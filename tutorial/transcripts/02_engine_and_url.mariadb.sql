-- 02_engine_and_url on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: table
BEGIN
CREATE TABLE car (id INTEGER PRIMARY KEY, name VARCHAR(30), price INTEGER)
BEGIN
COMMIT
-- ANCHOR_END: table

-- ANCHOR: rows
BEGIN
INSERT INTO car (id, name, price) VALUES (?, ?, ?)
--   1, 'Audi', 52642
INSERT INTO car (id, name, price) VALUES (?, ?, ?)
--   2, 'Skoda', 9000
INSERT INTO car (id, name, price) VALUES (?, ?, ?)
--   3, 'Volvo', 29000
COMMIT
-- sent: 3 INSERT
-- ANCHOR_END: rows

-- ANCHOR: read
SELECT id, name FROM car WHERE price < ? ORDER BY id
--   30000
-- sent: 1 SELECT
-- ANCHOR_END: read

-- ANCHOR: undone
BEGIN
DELETE FROM car
DELETE FROM lorry
ROLLBACK
-- sent: 2 DELETE
-- ANCHOR_END: undone

-- ANCHOR: unbound
-- nothing is sent
-- ANCHOR_END: unbound

-- ANCHOR: unknown
-- nothing is sent
-- ANCHOR_END: unknown

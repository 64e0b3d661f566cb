-- 13_own_sql on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: fragment
BEGIN
SELECT car.name
FROM car
WHERE car.price < ? AND (length(car.name) > ?)
ORDER BY car.name
--   50000, 4
-- sent: 1 SELECT
-- ANCHOR_END: fragment

-- ANCHOR: column
SELECT car.name, price % 1000 AS rest FROM car ORDER BY car.id LIMIT ?
--   2
-- sent: 1 SELECT
-- ANCHOR_END: column

-- ANCHOR: table
SELECT car.name FROM car WHERE car.price BETWEEN ? AND ? ORDER BY car.name
--   10000, 30000
-- sent: 1 SELECT
-- ANCHOR_END: table

-- ANCHOR: rows
SELECT name, price FROM car WHERE price < ? ORDER BY price
--   20000
-- sent: 1 SELECT
-- ANCHOR_END: rows

-- ANCHOR: same
-- autoflush:
SAVEPOINT flush
INSERT INTO car (name, price) VALUES (?, ?)
--   'Bentley', 350000
SELECT LAST_INSERT_ID(), @@auto_increment_increment
RELEASE SAVEPOINT flush
UPDATE car SET price = price + 1 WHERE price > ?
--   100000
ROLLBACK
-- sent: 1 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: same

-- ANCHOR: injected
BEGIN
SELECT count(*)
FROM (SELECT car.id, car.name, car.price
    FROM car
    WHERE name = ?) AS anon_1
--   'x''; DROP TABLE car; --'
-- sent: 1 SELECT
-- ANCHOR_END: injected

-- ANCHOR: commit
-- nothing is sent
-- ANCHOR_END: commit

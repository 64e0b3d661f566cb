-- 13_own_sql on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: fragment
BEGIN
SELECT car.name
FROM car
WHERE car.price < $1 AND (length(car.name) > $2)
ORDER BY car.name
--   50000, 4
-- sent: 1 SELECT
-- ANCHOR_END: fragment

-- ANCHOR: column
SELECT car.name, price % 1000 AS rest FROM car ORDER BY car.id LIMIT $1
--   2
-- sent: 1 SELECT
-- ANCHOR_END: column

-- ANCHOR: table
SELECT car.name FROM car WHERE car.price BETWEEN $1 AND $2 ORDER BY car.name
--   10000, 30000
-- sent: 1 SELECT
-- ANCHOR_END: table

-- ANCHOR: rows
SELECT name, price FROM car WHERE price < $1 ORDER BY price
--   20000
-- sent: 1 SELECT
-- ANCHOR_END: rows

-- ANCHOR: same
-- autoflush:
SAVEPOINT flush
INSERT INTO car (name, price) VALUES ($1, $2) RETURNING id
--   'Bentley', 350000
UPDATE car SET price = price + 1 WHERE price > $1
--   100000
ROLLBACK
-- sent: 1 INSERT, 1 UPDATE
-- ANCHOR_END: same

-- ANCHOR: injected
BEGIN
SELECT count(*)
FROM (SELECT car.id, car.name, car.price
    FROM car
    WHERE name = $1) AS anon_1
--   'x''; DROP TABLE car; --'
-- sent: 1 SELECT
-- ANCHOR_END: injected

-- ANCHOR: commit
-- nothing is sent
-- ANCHOR_END: commit

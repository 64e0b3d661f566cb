-- 10_groups on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: totals
BEGIN
SELECT count(*), CAST(sum(sale.pieces) AS BIGINT), max(sale.price) FROM sale
-- sent: 1 SELECT
-- ANCHOR_END: totals

-- ANCHOR: groups
SELECT sale.shop, CAST(sum(sale.pieces) AS BIGINT)
FROM sale
GROUP BY sale.shop
ORDER BY sale.shop
-- sent: 1 SELECT
-- ANCHOR_END: groups

-- ANCHOR: having
SELECT sale.shop, count(*) AS sales
FROM sale
WHERE sale.pieces < $1
GROUP BY sale.shop
HAVING count(*) >= $2
ORDER BY sales, sale.shop
--   10, 2
-- sent: 1 SELECT
-- ANCHOR_END: having

-- ANCHOR: struct
SELECT sale.shop, count(DISTINCT sale.item) AS items, sum(sale.price * CAST(sale.pieces
    AS NUMERIC)) AS total
FROM sale
GROUP BY sale.shop
ORDER BY sale.shop
-- sent: 1 SELECT
-- ANCHOR_END: struct

-- ANCHOR: case
SELECT CASE WHEN sale.pieces >= $1 THEN $2 WHEN sale.pieces > $3 THEN $4 ELSE $5 END AS
    size, count(*)
FROM sale
GROUP BY size
ORDER BY size
--   10, 'bulk', 1, 'some', 'one'
-- sent: 1 SELECT
-- ANCHOR_END: case

-- ANCHOR: functions
SELECT upper(sale.item), length(sale.shop), abs(sale.pieces - $1)
FROM sale
WHERE sale.shop = $2
ORDER BY sale.id
--   4, 'north'
-- sent: 1 SELECT
-- ANCHOR_END: functions

-- ANCHOR: names
-- nothing is sent
-- ANCHOR_END: names

-- 10_groups on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: totals
BEGIN
SELECT count(*), sum(sale.pieces), orm_decimal_max(sale.price) FROM sale
-- sent: 1 SELECT
-- ANCHOR_END: totals

-- ANCHOR: groups
SELECT sale.shop, sum(sale.pieces) FROM sale GROUP BY sale.shop ORDER BY sale.shop
-- sent: 1 SELECT
-- ANCHOR_END: groups

-- ANCHOR: having
SELECT sale.shop, count(*) AS sales
FROM sale
WHERE sale.pieces < ?
GROUP BY sale.shop
HAVING count(*) >= ?
ORDER BY sales, sale.shop
--   10, 2
-- sent: 1 SELECT
-- ANCHOR_END: having

-- ANCHOR: struct
SELECT sale.shop, count(DISTINCT sale.item) AS items,
    orm_decimal_sum(orm_decimal_mul(sale.price, orm_decimal_text(sale.pieces))) AS total
FROM sale
GROUP BY sale.shop
ORDER BY sale.shop
-- sent: 1 SELECT
-- ANCHOR_END: struct

-- ANCHOR: case
SELECT CASE WHEN sale.pieces >= ? THEN ? WHEN sale.pieces > ? THEN ? ELSE ? END AS size,
    count(*)
FROM sale
GROUP BY size
ORDER BY size
--   10, 'bulk', 1, 'some', 'one'
-- sent: 1 SELECT
-- ANCHOR_END: case

-- ANCHOR: functions
SELECT upper(sale.item), length(sale.shop), abs(sale.pieces - ?)
FROM sale
WHERE sale.shop = ?
ORDER BY sale.id
--   4, 'north'
-- sent: 1 SELECT
-- ANCHOR_END: functions

-- ANCHOR: names
-- nothing is sent
-- ANCHOR_END: names

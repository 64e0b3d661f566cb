-- 39_sans_io on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: blocking
SELECT count(*) FROM customer
SELECT count(*) FROM orders
-- sent: 2 SELECT
-- ANCHOR_END: blocking

-- ANCHOR: awaited
SELECT count(*) FROM customer
SELECT count(*) FROM orders
-- sent: 2 SELECT
-- ANCHOR_END: awaited

-- ANCHOR: fault
-- nothing is sent
-- ANCHOR_END: fault

-- 31_tasks on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: stream
BEGIN
SELECT item.id, item.name, item.pieces FROM item ORDER BY item.id
-- sent: 1 SELECT
-- ANCHOR_END: stream

-- ANCHOR: timeout
BEGIN
SELECT item.id, item.name, item.pieces FROM item WHERE item.id = $1
--   1
UPDATE item SET pieces = $1 WHERE item.id = $2
--   100, 1
ROLLBACK
BEGIN
-- refresh:
SELECT item.id, item.name, item.pieces FROM item WHERE item.id = $1
--   1
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: timeout

-- 24_two_writers on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: sell
BEGIN
SELECT stock.id, stock.item, stock.pieces, stock.version FROM stock WHERE stock.id = ?
--   1
UPDATE stock SET pieces = ?, version = ? WHERE stock.id = ? AND stock.version = ?
--   9, 2, 1, 1
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: sell

-- ANCHOR: race
BEGIN
SELECT stock.id, stock.item, stock.pieces, stock.version FROM stock
COMMIT
BEGIN
SELECT stock.id, stock.item, stock.pieces, stock.version FROM stock WHERE stock.id = ?
--   1
UPDATE stock SET pieces = ?, version = ? WHERE stock.id = ? AND stock.version = ?
--   8, 3, 1, 2
COMMIT
BEGIN
UPDATE stock SET pieces = ?, version = ? WHERE stock.id = ? AND stock.version = ?
--   8, 3, 1, 2
ROLLBACK
-- sent: 2 SELECT, 2 UPDATE
-- ANCHOR_END: race

-- ANCHOR: again
BEGIN
SELECT stock.id, stock.item, stock.pieces, stock.version FROM stock WHERE stock.id = ?
--   1
UPDATE stock SET pieces = ?, version = ? WHERE stock.id = ? AND stock.version = ?
--   7, 4, 1, 3
COMMIT
BEGIN
SELECT stock.pieces FROM stock
ROLLBACK
-- sent: 2 SELECT, 1 UPDATE
-- ANCHOR_END: again

-- ANCHOR: atomic
BEGIN
UPDATE stock SET pieces = stock.pieces - ? WHERE stock.pieces >= ?
--   1, 1
-- sent: 1 UPDATE
-- ANCHOR_END: atomic

-- ANCHOR: retry
BEGIN
SELECT stock.id, stock.item, stock.pieces, stock.version FROM stock
UPDATE stock SET pieces = ?, version = ? WHERE stock.id = ? AND stock.version = ?
--   5, 5, 1, 4
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: retry

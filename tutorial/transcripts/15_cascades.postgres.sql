-- 15_cascades on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: save
BEGIN
INSERT INTO orders (customer) VALUES ($1) RETURNING id
--   'john'
INSERT INTO line (item, order_id) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   ['mug', 'hat'], [1, 1]
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: save

-- ANCHOR: let-go
BEGIN
SELECT player.id, player.name, player.team_id
FROM player
WHERE player.team_id = $1
ORDER BY player.id
--   1
UPDATE player SET team_id = p.c1 FROM unnest($1, $2) AS p(c1, c2) WHERE player.id = p.c2
--   [NULL, NULL], [1, 2]
DELETE FROM team WHERE team.id = $1
--   1
COMMIT
-- sent: 1 SELECT, 1 UPDATE, 1 DELETE
-- ANCHOR_END: let-go

-- ANCHOR: delete
BEGIN
SELECT line.id, line.item, line.order_id
FROM line
WHERE line.order_id = $1
ORDER BY line.id
--   2
DELETE FROM line WHERE line.id = ANY($1)
--   [3, 4]
DELETE FROM orders WHERE orders.id = $1
--   2
COMMIT
-- sent: 1 SELECT, 2 DELETE
-- ANCHOR_END: delete

-- ANCHOR: orphan
BEGIN
-- lazy load of Order.lines:
SELECT line.id, line.item, line.order_id
FROM line
WHERE line.order_id = $1
ORDER BY line.id
--   3
DELETE FROM line WHERE line.id = $1
--   5
COMMIT
-- sent: 1 SELECT, 1 DELETE
-- ANCHOR_END: orphan

-- ANCHOR: passive
DELETE FROM machine WHERE machine.id = $1
--   1
COMMIT
-- sent: 1 DELETE
-- ANCHOR_END: passive

-- ANCHOR: refused
BEGIN
SELECT room.id, room.house_id FROM room WHERE room.house_id = $1
--   1
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: refused

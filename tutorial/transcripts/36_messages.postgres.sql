-- 36_messages on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: read
BEGIN
INSERT INTO player (team, name) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
RETURNING id
--   ['red', 'red', 'red'], ['ann', 'bob', 'ann']
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: read

-- ANCHOR: sensitive
BEGIN
INSERT INTO login (token) VALUES ($1), ($2) RETURNING id
--   ***
--   ***
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: sensitive

-- 36_messages on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: read
BEGIN
INSERT INTO player (team, name) VALUES (?, ?), (?, ?), (?, ?)
--   'red', 'ann'
--   'red', 'bob'
--   'red', 'ann'
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: read

-- ANCHOR: sensitive
BEGIN
INSERT INTO login (token) VALUES (?), (?)
--   ***
--   ***
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: sensitive

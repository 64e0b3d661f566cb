-- 36_messages on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: read
BEGIN
INSERT INTO player (team, name) VALUES (?, ?), (?, ?), (?, ?) RETURNING id
--   'red', 'ann'
--   'red', 'bob'
--   'red', 'ann'
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: read

-- ANCHOR: sensitive
BEGIN
INSERT INTO login (token) VALUES (?), (?) RETURNING id
--   ***
--   ***
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: sensitive

-- 34_pools on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: listen
SELECT $1 /* shop */
--   42
-- sent: 1 SELECT
-- ANCHOR_END: listen

-- ANCHOR: unreachable
-- nothing is sent
-- ANCHOR_END: unreachable

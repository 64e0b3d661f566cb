-- 34_pools on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: listen
SELECT CAST(? AS SIGNED) /* shop */
--   42
-- sent: 1 SELECT
-- ANCHOR_END: listen

-- ANCHOR: unreachable
-- nothing is sent
-- ANCHOR_END: unreachable

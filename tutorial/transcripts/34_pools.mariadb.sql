-- 34_pools on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: unreachable
-- nothing is sent
-- ANCHOR_END: unreachable

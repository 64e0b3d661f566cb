-- 34_pools on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: unreachable
-- nothing is sent
-- ANCHOR_END: unreachable

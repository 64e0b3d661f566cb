-- 34_pools on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: unreachable
-- nothing is sent
-- ANCHOR_END: unreachable

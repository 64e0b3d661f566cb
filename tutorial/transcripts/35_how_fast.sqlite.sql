-- 35_how_fast on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: tracked
BEGIN
SELECT reading.id, reading.sensor, reading.value FROM reading
-- sent: 1 SELECT
-- ANCHOR_END: tracked

-- ANCHOR: untracked
BEGIN
SELECT reading.id, reading.sensor, reading.value FROM reading
-- sent: 1 SELECT
-- ANCHOR_END: untracked

-- ANCHOR: columns
SELECT reading.value FROM reading
-- sent: 1 SELECT
-- ANCHOR_END: columns

-- ANCHOR: database
SELECT sum(reading.value) FROM reading
-- sent: 1 SELECT
-- ANCHOR_END: database

-- 19_graphs on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: build
BEGIN
INSERT INTO town (name) VALUES (?), (?), (?), (?)
--   'Oslo'
--   'Rome'
--   'Paris'
--   'Cork'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO flight (origin_id, target_id, minutes)
VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?)
--   1, 2, 190
--   1, 3, 150
--   3, 2, 125
--   2, 1, 190
COMMIT
-- sent: 1 SELECT, 2 INSERT
-- ANCHOR_END: build

-- ANCHOR: from
-- lazy load of Town.departures:
SELECT flight.origin_id, flight.target_id, flight.minutes
FROM flight
WHERE flight.origin_id IN (?, ?, ?, ?)
ORDER BY flight.target_id
--   1, 2, 3, 4
-- sent: 1 SELECT
-- ANCHOR_END: from

-- ANCHOR: search
-- nothing is sent
-- ANCHOR_END: search

-- ANCHOR: join
SELECT town.name, destination.name
FROM town
JOIN flight AS first ON town.id = first.origin_id
JOIN flight AS second ON second.origin_id = first.target_id
JOIN town AS destination ON destination.id = second.target_id
WHERE destination.id != town.id
ORDER BY town.name, destination.name
-- sent: 1 SELECT
-- ANCHOR_END: join

-- ANCHOR: ambiguous
-- nothing is sent
-- ANCHOR_END: ambiguous

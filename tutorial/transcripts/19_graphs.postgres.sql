-- 19_graphs on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: build
BEGIN
INSERT INTO town (name) SELECT p.c1
FROM unnest($1) WITH ORDINALITY AS p(c1, n)
ORDER BY p.n
RETURNING id
--   ['Oslo', 'Rome', 'Paris', 'Cork']
INSERT INTO flight (origin_id, target_id, minutes) SELECT p.c1, p.c2, p.c3
FROM unnest($1, $2, $3) WITH ORDINALITY AS p(c1, c2, c3, n)
ORDER BY p.n
--   [1, 1, 3, 2], [2, 3, 2, 1], [190, 150, 125, 190]
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: build

-- ANCHOR: from
-- lazy load of Town.departures:
SELECT flight.origin_id, flight.target_id, flight.minutes
FROM flight
WHERE flight.origin_id = ANY($1)
ORDER BY flight.target_id
--   [1, 2, 3, 4]
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

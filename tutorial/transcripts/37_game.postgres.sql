-- 37_game on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: start
BEGIN
INSERT INTO glyph (name, width, height, type) VALUES ($1, $2, $3, $4) RETURNING id
--   'enemy', 7, 3, 'army'
INSERT INTO glyph (name, width, height, type) VALUES ($1, $2, $3, $4) RETURNING id
--   'missile', 1, 1, 'missile'
INSERT INTO glyph_coordinate (glyph_id, x, y, score) SELECT p.c1, p.c2, p.c3, p.c4
FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS p(c1, c2, c3, c4, n)
ORDER BY p.n
RETURNING id
--   [1, 1, 1, 2], [0, 10, 20, 13], [12, 12, 12, 18], [25, 25, 25, NULL]
-- sent: 3 INSERT
-- ANCHOR_END: start

-- ANCHOR: march
SELECT glyph_coordinate.id, glyph_coordinate.glyph_id, glyph_coordinate.x,
    glyph_coordinate.y, glyph_coordinate.score, glyph_1.id, glyph_1.name, glyph_1.width,
    glyph_1.height, glyph_1.type
FROM glyph_coordinate
LEFT OUTER JOIN glyph AS glyph_1 ON glyph_coordinate.glyph_id = glyph_1.id
WHERE EXISTS (SELECT 1
    FROM glyph
    WHERE glyph_coordinate.glyph_id = glyph.id AND glyph.type = $1)
--   'army'
SAVEPOINT flush
UPDATE glyph_coordinate
SET x = p.c1
FROM unnest($1, $2) AS p(c1, c2)
WHERE glyph_coordinate.id = p.c2
--   [1, 11, 21], [1, 2, 3]
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: march

-- ANCHOR: tick
-- autoflush:
SAVEPOINT flush
UPDATE glyph_coordinate SET y = $1 WHERE glyph_coordinate.id = $2
--   14, 8
SELECT glyph_coordinate.id, glyph_coordinate.glyph_id, glyph_coordinate.x,
    glyph_coordinate.y, glyph_coordinate.score, glyph_1.id, glyph_1.name, glyph_1.width,
    glyph_1.height, glyph_1.type
FROM glyph_coordinate
JOIN glyph ON glyph_coordinate.glyph_id = glyph.id
LEFT OUTER JOIN glyph AS glyph_1 ON glyph_coordinate.glyph_id = glyph_1.id
WHERE glyph.type = $1 AND glyph_coordinate.x <= $2 AND glyph_coordinate.x + glyph.width
    > $3 AND glyph_coordinate.y <= $4 AND glyph_coordinate.y + glyph.height > $5
LIMIT $6
--   'army', 13, 13, 14, 14, 1
RELEASE SAVEPOINT flush; SAVEPOINT flush
DELETE FROM glyph_coordinate WHERE glyph_coordinate.id = ANY($1)
--   [6, 8]
-- sent: 1 SELECT, 1 UPDATE, 1 DELETE
-- ANCHOR_END: tick

-- ANCHOR: state
SELECT count(*), max(glyph_coordinate.x)
FROM glyph_coordinate
WHERE EXISTS (SELECT 1
    FROM glyph
    WHERE glyph_coordinate.glyph_id = glyph.id AND glyph.type = $1)
--   'army'
-- sent: 1 SELECT
-- ANCHOR_END: state

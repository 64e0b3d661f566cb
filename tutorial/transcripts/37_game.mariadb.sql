-- 37_game on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: start
BEGIN
INSERT INTO glyph (name, width, height, type) VALUES (?, ?, ?, ?)
--   'enemy', 7, 3, 'army'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO glyph (name, width, height, type) VALUES (?, ?, ?, ?)
--   'missile', 1, 1, 'missile'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO glyph_coordinate (glyph_id, x, y, score)
VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)
--   1, 0, 12, 25
--   1, 10, 12, 25
--   1, 20, 12, 25
--   2, 13, 18, NULL
SELECT LAST_INSERT_ID(), @@auto_increment_increment
-- sent: 3 SELECT, 3 INSERT
-- ANCHOR_END: start

-- ANCHOR: march
SELECT glyph_coordinate.id, glyph_coordinate.glyph_id, glyph_coordinate.x,
    glyph_coordinate.y, glyph_coordinate.score, glyph_1.id, glyph_1.name, glyph_1.width,
    glyph_1.height, glyph_1.type
FROM glyph_coordinate
LEFT OUTER JOIN glyph AS glyph_1 ON glyph_coordinate.glyph_id = glyph_1.id
WHERE EXISTS (SELECT 1
    FROM glyph
    WHERE glyph_coordinate.glyph_id = glyph.id AND glyph.type = ?)
--   'army'
SAVEPOINT flush
UPDATE glyph_coordinate
JOIN (SELECT ? AS c1, ? AS c2
    UNION ALL SELECT ?, ?
    UNION ALL SELECT ?, ?) AS p ON glyph_coordinate.id = p.c2
SET glyph_coordinate.x = p.c1
--   1, 1, 11, 2, 21, 3
RELEASE SAVEPOINT flush
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: march

-- ANCHOR: tick
-- autoflush:
UPDATE glyph_coordinate SET y = ? WHERE glyph_coordinate.id = ?
--   14, 8
SELECT glyph_coordinate.id, glyph_coordinate.glyph_id, glyph_coordinate.x,
    glyph_coordinate.y, glyph_coordinate.score, glyph_1.id, glyph_1.name, glyph_1.width,
    glyph_1.height, glyph_1.type
FROM glyph_coordinate
JOIN glyph ON glyph_coordinate.glyph_id = glyph.id
LEFT OUTER JOIN glyph AS glyph_1 ON glyph_coordinate.glyph_id = glyph_1.id
WHERE glyph.type = ? AND glyph_coordinate.x <= ? AND glyph_coordinate.x + glyph.width >
    ? AND glyph_coordinate.y <= ? AND glyph_coordinate.y + glyph.height > ?
LIMIT ?
--   'army', 13, 13, 14, 14, 1
SAVEPOINT flush
DELETE FROM glyph_coordinate WHERE glyph_coordinate.id IN (?, ?)
--   6, 8
RELEASE SAVEPOINT flush
-- sent: 1 SELECT, 1 UPDATE, 1 DELETE
-- ANCHOR_END: tick

-- ANCHOR: state
SELECT count(*), max(glyph_coordinate.x)
FROM glyph_coordinate
WHERE EXISTS (SELECT 1
    FROM glyph
    WHERE glyph_coordinate.glyph_id = glyph.id AND glyph.type = ?)
--   'army'
-- sent: 1 SELECT
-- ANCHOR_END: state

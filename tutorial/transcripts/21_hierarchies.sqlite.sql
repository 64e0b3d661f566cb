-- 21_hierarchies on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: create
BEGIN
SELECT name
FROM sqlite_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?, ?, ?, ?, ?)
UNION ALL SELECT name
FROM sqlite_temp_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?, ?, ?, ?, ?)
--   'person', 'shape', 'car', 'lorry', 'engineer', 'manager', 'person', 'shape', 'car',
--       'lorry', … 12 in all
CREATE TABLE person (
    id INTEGER NOT NULL,
    name VARCHAR(50) NOT NULL,
    type VARCHAR(50) NOT NULL,
    PRIMARY KEY (id)
)
CREATE TABLE shape (
    id INTEGER NOT NULL,
    colour VARCHAR(20) NOT NULL,
    kind VARCHAR(50) NOT NULL,
    radius INTEGER,
    PRIMARY KEY (id)
)
CREATE TABLE car (
    id INTEGER NOT NULL,
    plate VARCHAR(10) NOT NULL,
    PRIMARY KEY (id)
)
CREATE TABLE lorry (
    id INTEGER NOT NULL,
    plate VARCHAR(10) NOT NULL,
    tons INTEGER NOT NULL,
    PRIMARY KEY (id)
)
CREATE TABLE engineer (
    id BIGINT,
    language VARCHAR(30) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_engineer_id_person FOREIGN KEY (id) REFERENCES person (id)
)
CREATE TABLE manager (
    id BIGINT,
    reports INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_manager_id_person FOREIGN KEY (id) REFERENCES person (id)
)
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create

-- ANCHOR: save
BEGIN
INSERT INTO person (name, type) VALUES (?, ?), (?, ?), (?, ?) RETURNING id
--   'pat', 'person'
--   'eva', 'engineer'
--   'max', 'manager'
INSERT INTO engineer (id, language) VALUES (?, ?)
--   2, 'rust'
INSERT INTO manager (id, reports) VALUES (?, ?)
--   3, 2
COMMIT
-- sent: 3 INSERT
-- ANCHOR_END: save

-- ANCHOR: match
BEGIN
SELECT person.id, person.name, person.type, engineer.language, manager.reports
FROM person
LEFT OUTER JOIN engineer ON person.id = engineer.id
LEFT OUTER JOIN manager ON person.id = manager.id
ORDER BY person.id
-- sent: 1 SELECT
-- ANCHOR_END: match

-- ANCHOR: class
SELECT person.id, person.name, person.type, engineer.language
FROM person
JOIN engineer ON person.id = engineer.id
UPDATE engineer SET language = ? WHERE engineer.id = ?
--   'sql', 2
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: class

-- ANCHOR: one-table
BEGIN
INSERT INTO shape (colour, kind) VALUES (?, ?) RETURNING id
--   'red', 'figure'
INSERT INTO shape (colour, kind, radius) VALUES (?, ?, ?) RETURNING id
--   'blue', 'circle', 3
COMMIT
BEGIN
SELECT shape.id, shape.colour, shape.kind, shape.radius
FROM shape
WHERE shape.kind IN (?)
--   'circle'
-- sent: 1 SELECT, 2 INSERT
-- ANCHOR_END: one-table

-- ANCHOR: whole-tables
INSERT INTO car (plate) VALUES (?) RETURNING id
--   'A 1'
INSERT INTO lorry (plate, tons) VALUES (?, ?) RETURNING id
--   'B 2', 12
COMMIT
BEGIN
SELECT car.id, car.plate, car.type, car.tons
FROM (SELECT car.id, car.plate, 'car' AS type, CAST(NULL AS INTEGER) AS tons
    FROM car
    UNION ALL SELECT lorry.id, lorry.plate, 'lorry' AS type, lorry.tons
    FROM lorry) AS car
-- sent: 1 SELECT, 2 INSERT
-- ANCHOR_END: whole-tables

-- ANCHOR: no-such
SELECT person.id, person.name, person.type, engineer.language
FROM person
JOIN engineer ON person.id = engineer.id
WHERE person.name = ?
--   'max'
-- sent: 1 SELECT
-- ANCHOR_END: no-such

-- ANCHOR: delete
SELECT person.id, person.name, person.type, engineer.language
FROM person
JOIN engineer ON person.id = engineer.id
DELETE FROM engineer WHERE engineer.id = ?
--   2
DELETE FROM person WHERE person.id = ?
--   2
COMMIT
-- sent: 1 SELECT, 2 DELETE
-- ANCHOR_END: delete

-- 21_hierarchies on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: create
BEGIN
SELECT table_name
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name IN (?, ?, ?, ?, ?, ?)
--   'person', 'shape', 'car', 'lorry', 'engineer', 'manager'
CREATE TABLE person (
    id BIGINT NOT NULL AUTO_INCREMENT,
    name VARCHAR(50) NOT NULL,
    type VARCHAR(50) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE shape (
    id BIGINT NOT NULL AUTO_INCREMENT,
    colour VARCHAR(20) NOT NULL,
    kind VARCHAR(50) NOT NULL,
    radius INTEGER,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE car (
    id BIGINT NOT NULL AUTO_INCREMENT,
    plate VARCHAR(10) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE lorry (
    id BIGINT NOT NULL AUTO_INCREMENT,
    plate VARCHAR(10) NOT NULL,
    tons INTEGER NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE engineer (
    id BIGINT,
    language VARCHAR(30) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_engineer_id_person FOREIGN KEY (id) REFERENCES person (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE manager (
    id BIGINT,
    reports INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT fk_manager_id_person FOREIGN KEY (id) REFERENCES person (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create

-- ANCHOR: save
BEGIN
INSERT INTO person (name, type) VALUES (?, ?), (?, ?), (?, ?)
--   'pat', 'person'
--   'eva', 'engineer'
--   'max', 'manager'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO engineer (id, language) VALUES (?, ?)
--   2, 'rust'
INSERT INTO manager (id, reports) VALUES (?, ?)
--   3, 2
COMMIT
-- sent: 1 SELECT, 3 INSERT
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
INSERT INTO shape (colour, kind) VALUES (?, ?)
--   'red', 'figure'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO shape (colour, kind, radius) VALUES (?, ?, ?)
--   'blue', 'circle', 3
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
BEGIN
SELECT shape.id, shape.colour, shape.kind, shape.radius
FROM shape
WHERE shape.kind IN (?)
--   'circle'
-- sent: 3 SELECT, 2 INSERT
-- ANCHOR_END: one-table

-- ANCHOR: whole-tables
INSERT INTO car (plate) VALUES (?)
--   'A 1'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO lorry (plate, tons) VALUES (?, ?)
--   'B 2', 12
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
BEGIN
SELECT car.id, car.plate, car.type, car.tons
FROM (SELECT car.id, car.plate, 'car' AS type, ((round(NULL) + CAST(0 AS DECIMAL(19)))
    DIV 1) AS tons
    FROM car
    UNION ALL SELECT lorry.id, lorry.plate, 'lorry' AS type, lorry.tons
    FROM lorry) AS car
-- sent: 3 SELECT, 2 INSERT
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

-- 03_struct_is_a_table on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: missing
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname FROM user_account
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: missing

-- ANCHOR: create
BEGIN
SELECT table_name
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name IN (?)
--   'user_account'
CREATE TABLE user_account (
    id BIGINT NOT NULL AUTO_INCREMENT,
    name VARCHAR(50) NOT NULL,
    fullname VARCHAR(100),
    PRIMARY KEY (id),
    CONSTRAINT uq_user_account_name UNIQUE (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create

-- ANCHOR: create-types
BEGIN
SELECT table_name
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name IN (?, ?)
--   'user_account', 'employee'
CREATE TABLE employee (
    id BIGINT NOT NULL AUTO_INCREMENT,
    email VARCHAR(100) NOT NULL,
    company VARCHAR(40) NOT NULL,
    salary NUMERIC(10, 2) NOT NULL,
    rating DOUBLE,
    active BOOL NOT NULL,
    role VARCHAR(6) NOT NULL,
    born DATE NOT NULL,
    notes LONGTEXT,
    photo LONGBLOB,
    touched DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_email_company UNIQUE (email, company),
    CONSTRAINT positive CHECK (salary >= 0),
    CONSTRAINT ck_employee_role CHECK (role IN ('reader', 'editor'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE INDEX ix_employee_active_born ON employee (active, born)
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create-types

-- ANCHOR: defaults
BEGIN
INSERT INTO employee (email, company, salary, rating, active, role, born, notes, photo,
    touched)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
--   'ann@x.org', 'x', 50000, NULL, TRUE, 'reader', '1990-05-17', NULL, NULL,
--       '2026-01-31 09:30:00'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: defaults

-- ANCHOR: refused
BEGIN
INSERT INTO user_account (name, fullname) VALUES (?, ?), (?, ?)
--   'ed', NULL
--   'ed', NULL
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: refused

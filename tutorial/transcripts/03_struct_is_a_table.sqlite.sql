-- 03_struct_is_a_table on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: missing
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname FROM user_account
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: missing

-- ANCHOR: create
BEGIN
SELECT name
FROM sqlite_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?)
UNION ALL SELECT name
FROM sqlite_temp_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?)
--   'user_account', 'user_account'
CREATE TABLE user_account (
    id INTEGER NOT NULL,
    name VARCHAR(50) NOT NULL,
    fullname VARCHAR(100),
    PRIMARY KEY (id),
    CONSTRAINT uq_user_account_name UNIQUE (name)
)
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create

-- ANCHOR: create-types
BEGIN
SELECT name
FROM sqlite_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
UNION ALL SELECT name
FROM sqlite_temp_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
--   'user_account', 'employee', 'user_account', 'employee'
CREATE TABLE employee (
    id INTEGER NOT NULL,
    email VARCHAR(100) NOT NULL,
    company VARCHAR(40) NOT NULL,
    salary TEXT NOT NULL,
    rating DOUBLE,
    active BOOLEAN NOT NULL,
    role VARCHAR(6) NOT NULL,
    born DATE NOT NULL,
    notes TEXT,
    photo BLOB,
    touched DATETIME NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT uq_email_company UNIQUE (email, company),
    CONSTRAINT positive CHECK (salary >= 0),
    CONSTRAINT ck_employee_role CHECK (role IN ('reader', 'editor'))
)
CREATE INDEX ix_employee_active_born ON employee (active, born)
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: create-types

-- ANCHOR: defaults
BEGIN
INSERT INTO employee (email, company, salary, rating, active, role, born, notes, photo,
    touched)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING id
--   'ann@x.org', 'x', 50000.00, NULL, TRUE, 'reader', '1990-05-17', NULL, NULL,
--       '2026-01-31 09:30:00'
COMMIT
-- sent: 1 INSERT
-- ANCHOR_END: defaults

-- ANCHOR: refused
BEGIN
INSERT INTO user_account (name, fullname) VALUES (?, ?), (?, ?) RETURNING id
--   'ed', NULL
--   'ed', NULL
ROLLBACK
-- sent: 1 INSERT
-- ANCHOR_END: refused

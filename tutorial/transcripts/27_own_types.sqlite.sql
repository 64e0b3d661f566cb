-- 27_own_types on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: account
BEGIN
SELECT name
FROM sqlite_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
UNION ALL SELECT name
FROM sqlite_temp_master
WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
--   'account', 'loan', 'account', 'loan'
CREATE TABLE account (
    id INTEGER NOT NULL,
    owner VARCHAR(50) NOT NULL,
    balance BIGINT NOT NULL,
    limit_of_credit BIGINT NOT NULL,
    street VARCHAR(50) NOT NULL,
    city VARCHAR(50),
    work_street VARCHAR(50) NOT NULL,
    work_city VARCHAR(50),
    PRIMARY KEY (id)
)
CREATE TABLE loan (
    id INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    PRIMARY KEY (id)
)
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: account

-- ANCHOR: save
BEGIN
INSERT INTO account (owner, balance, limit_of_credit, street, city, work_street,
    work_city)
VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?)
RETURNING id
--   'ann', 2500, 0, '5 elm road', 'Cork', '', NULL
--   'bob', -300, 0, '5 elm road', 'Cork', '', NULL
COMMIT
-- sent: 1 INSERT
-- ANCHOR_END: save

-- ANCHOR: both
BEGIN
SELECT account.id, account.owner, account.balance, account.limit_of_credit,
    account.street, account.city, account.work_street, account.work_city
FROM account
WHERE account.balance < ?
--   0
-- sent: 1 SELECT
-- ANCHOR_END: both

-- ANCHOR: embedded
SELECT account.id, account.owner, account.balance, account.limit_of_credit,
    account.street, account.city, account.work_street, account.work_city
FROM account
WHERE account.city = ?
--   'Cork'
UPDATE account
SET city = p.column1, work_city = p.column2
FROM (VALUES (?, ?, ?), (?, ?, ?)) AS p
WHERE account.id = p.column3
--   'Oslo', 'Cork', 1
--   'Oslo', 'Cork', 2
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: embedded

-- ANCHOR: settle
BEGIN
-- autoflush:
INSERT INTO loan (amount, paid) VALUES (?, ?), (?, ?) RETURNING id
--   100, 60
--   900, 300
UPDATE loan
SET paid = loan.amount - (loan.amount - loan.paid) / ?
WHERE loan.amount - loan.paid > ?
--   2, 500
SELECT loan.amount, loan.amount - loan.paid AS open
FROM loan
ORDER BY loan.amount - loan.paid DESC
-- sent: 1 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: settle

-- ANCHOR: refused
-- nothing is sent
-- ANCHOR_END: refused

-- ANCHOR: decode
SELECT 'a lot'
-- sent: 1 SELECT
-- ANCHOR_END: decode

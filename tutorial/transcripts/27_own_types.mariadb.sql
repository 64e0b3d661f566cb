-- 27_own_types on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: account
BEGIN
SELECT table_name
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name IN (?, ?)
--   'account', 'loan'
CREATE TABLE account (
    id BIGINT NOT NULL AUTO_INCREMENT,
    owner VARCHAR(50) NOT NULL,
    balance BIGINT NOT NULL,
    limit_of_credit BIGINT NOT NULL,
    street VARCHAR(50) NOT NULL,
    city VARCHAR(50),
    work_street VARCHAR(50) NOT NULL,
    work_city VARCHAR(50),
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
CREATE TABLE loan (
    id BIGINT NOT NULL AUTO_INCREMENT,
    amount BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
COMMIT
-- sent: 1 SELECT
-- ANCHOR_END: account

-- ANCHOR: save
BEGIN
INSERT INTO account (owner, balance, limit_of_credit, street, city, work_street,
    work_city)
VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?)
--   'ann', 2500, 0, '5 elm road', 'Cork', '', NULL
--   'bob', -300, 0, '5 elm road', 'Cork', '', NULL
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 1 SELECT, 1 INSERT
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
JOIN (SELECT CAST(? AS CHAR) AS c1, CAST(? AS CHAR) AS c2, ? AS c3
    UNION ALL SELECT CAST(? AS CHAR), CAST(? AS CHAR), ?) AS p
    ON account.id = p.c3
SET account.city = p.c1, account.work_city = p.c2
--   'Oslo', 'Cork', 1, 'Oslo', 'Cork', 2
COMMIT
-- sent: 1 SELECT, 1 UPDATE
-- ANCHOR_END: embedded

-- ANCHOR: settle
BEGIN
-- autoflush:
INSERT INTO loan (amount, paid) VALUES (?, ?), (?, ?)
--   100, 60
--   900, 300
SELECT LAST_INSERT_ID(), @@auto_increment_increment
UPDATE loan
SET paid = loan.amount - (loan.amount - loan.paid) DIV ?
WHERE loan.amount - loan.paid > ?
--   2, 500
SELECT loan.amount, loan.amount - loan.paid AS open
FROM loan
ORDER BY loan.amount - loan.paid DESC
-- sent: 2 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: settle

-- ANCHOR: refused
-- nothing is sent
-- ANCHOR_END: refused

-- ANCHOR: decode
SELECT 'a lot'
-- sent: 1 SELECT
-- ANCHOR_END: decode

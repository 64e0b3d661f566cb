-- 01_ten_minutes on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: program
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
    fullname VARCHAR,
    PRIMARY KEY (id)
)
COMMIT
BEGIN
INSERT INTO user_account (name, fullname) VALUES (?, ?) RETURNING id
--   'ed', NULL
COMMIT
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname
FROM user_account
WHERE user_account.name = ?
--   'ed'
UPDATE user_account SET fullname = ? WHERE user_account.id = ?
--   'Ed Jones', 1
COMMIT
-- sent: 2 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: program

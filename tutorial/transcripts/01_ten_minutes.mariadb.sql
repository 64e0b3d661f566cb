-- 01_ten_minutes on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: program
BEGIN
SELECT table_name
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name IN (?)
--   'user_account'
CREATE TABLE user_account (
    id BIGINT NOT NULL AUTO_INCREMENT,
    name VARCHAR(50) NOT NULL,
    fullname LONGTEXT,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
COMMIT
BEGIN
INSERT INTO user_account (name, fullname) VALUES (?, ?)
--   'ed', NULL
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname
FROM user_account
WHERE user_account.name = ?
--   'ed'
UPDATE user_account SET fullname = ? WHERE user_account.id = ?
--   'Ed Jones', 1
COMMIT
-- sent: 3 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: program

-- 25_keeping_the_past on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: history
BEGIN
SELECT account.id, account.owner, account.limit_cents FROM account
UPDATE account SET limit_cents = ? WHERE account.id = ?
--   20000, 1
INSERT INTO account_history (account_id, field, old_value) VALUES (?, ?, ?) RETURNING id
--   1, 'limit_cents', '10000'
COMMIT
-- sent: 1 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: history

-- ANCHOR: versions
BEGIN
SELECT terms.id, terms.text FROM terms ORDER BY terms.id DESC LIMIT ?
--   1
INSERT INTO terms (text) VALUES (?) RETURNING id
--   'Pay within 14 days'
COMMIT
BEGIN
-- refresh:
SELECT terms.id, terms.text FROM terms WHERE terms.id = ?
--   2
-- sent: 2 SELECT, 1 INSERT
-- ANCHOR_END: versions

-- ANCHOR: temporal
BEGIN
SELECT rate.currency, rate.valid_from, rate.valid_to, rate.cents
FROM rate
WHERE rate.currency = ? AND rate.valid_from <= ? AND rate.valid_to > ?
--   'GBP', 30, 30
UPDATE rate SET valid_to = ? WHERE rate.currency = ? AND rate.valid_from = ?
--   30, 'GBP', 1
INSERT INTO rate (currency, valid_from, valid_to, cents) VALUES (?, ?, ?, ?)
--   'GBP', 30, 9999, 110
COMMIT
BEGIN
SELECT rate.cents FROM rate WHERE rate.valid_from <= ? AND rate.valid_to > ?
--   29, 29
ROLLBACK
BEGIN
SELECT rate.cents FROM rate WHERE rate.valid_from <= ? AND rate.valid_to > ?
--   30, 30
ROLLBACK
-- sent: 3 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: temporal

-- 25_keeping_the_past on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: history
BEGIN
SELECT account.id, account.owner, account.limit_cents FROM account
UPDATE account SET limit_cents = $1 WHERE account.id = $2
--   20000, 1
INSERT INTO account_history (account_id, field, old_value)
VALUES ($1, $2, $3)
RETURNING id
--   1, 'limit_cents', '10000'
COMMIT
-- sent: 1 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: history

-- ANCHOR: versions
BEGIN
SELECT terms.id, terms.text FROM terms ORDER BY terms.id DESC LIMIT $1
--   1
INSERT INTO terms (text) VALUES ($1) RETURNING id
--   'Pay within 14 days'
COMMIT
BEGIN
-- refresh:
SELECT terms.id, terms.text FROM terms WHERE terms.id = $1
--   2
-- sent: 2 SELECT, 1 INSERT
-- ANCHOR_END: versions

-- ANCHOR: temporal
BEGIN
SELECT rate.currency, rate.valid_from, rate.valid_to, rate.cents
FROM rate
WHERE rate.currency = $1 AND rate.valid_from <= $2 AND rate.valid_to > $3
--   'GBP', 30, 30
UPDATE rate SET valid_to = $1 WHERE rate.currency = $2 AND rate.valid_from = $3
--   30, 'GBP', 1
INSERT INTO rate (currency, valid_from, valid_to, cents) VALUES ($1, $2, $3, $4)
--   'GBP', 30, 9999, 110
COMMIT
BEGIN
SELECT rate.cents FROM rate WHERE rate.valid_from <= $1 AND rate.valid_to > $2
--   29, 29
ROLLBACK
BEGIN
SELECT rate.cents FROM rate WHERE rate.valid_from <= $1 AND rate.valid_to > $2
--   30, 30
ROLLBACK
-- sent: 3 SELECT, 1 INSERT, 1 UPDATE
-- ANCHOR_END: temporal

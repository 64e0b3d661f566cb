-- 16_loading on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: lazy
BEGIN
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id <= ?
ORDER BY user_account.id
--   3
-- lazy load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id = ?
ORDER BY address.id
--   1
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id = ?
ORDER BY address.id
--   2
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id = ?
ORDER BY address.id
--   3
ROLLBACK
-- sent: 4 SELECT
-- ANCHOR_END: lazy

-- ANCHOR: peers
BEGIN
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id <= ?
ORDER BY user_account.id
--   3
-- lazy load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id IN (?, ?, ?)
ORDER BY address.id
--   1, 2, 3
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: peers

-- ANCHOR: selectin
BEGIN
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id <= ?
ORDER BY user_account.id
--   3
-- eager load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id IN (?, ?, ?)
ORDER BY address.id
--   1, 2, 3
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: selectin

-- ANCHOR: joined
BEGIN
SELECT user_account.id, user_account.name, address_1.id, address_1.email,
    address_1.user_id
FROM user_account
LEFT OUTER JOIN address AS address_1 ON user_account.id = address_1.user_id
WHERE user_account.id <= ?
ORDER BY user_account.id, address_1.id
--   3
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: joined

-- ANCHOR: parent
BEGIN
SELECT address.id, address.email, address.user_id, user_account_1.id,
    user_account_1.name
FROM address
LEFT OUTER JOIN user_account AS user_account_1 ON address.user_id = user_account_1.id
WHERE address.id <= ?
ORDER BY address.id
--   4
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: parent

-- ANCHOR: filtered
BEGIN
SELECT user_account.id, user_account.name, address.id, address.email, address.user_id
FROM user_account
JOIN address ON user_account.id = address.user_id AND orm_like(address.email, ?, '/')
WHERE user_account.id <= ?
--   '1@%', 3
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: filtered

-- ANCHOR: contained
BEGIN
SELECT user_account.id, user_account.name, address.id, address.email, address.user_id
FROM user_account
JOIN address ON user_account.id = address.user_id
WHERE user_account.id <= ? AND orm_like(address.email, ?, '/')
ORDER BY user_account.id
--   3, '1@%'
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: contained

-- ANCHOR: raise
BEGIN
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id <= ?
ORDER BY user_account.id
--   3
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: raise

-- ANCHOR: levels
BEGIN
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id <= ?
ORDER BY user_account.id
--   3
-- eager load of User.addresses:
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id IN (?, ?, ?)
ORDER BY address.id
--   1, 2, 3
-- eager load of Address.letters:
SELECT letter.id, letter.subject, letter.address_id
FROM letter
WHERE letter.address_id IN (?, ?, ?, ?, ?, ?)
ORDER BY letter.id
--   1, 2, 3, 4, 5, 6
ROLLBACK
-- sent: 3 SELECT
-- ANCHOR_END: levels

-- ANCHOR: deferred
BEGIN
SELECT letter.id, letter.subject, letter.address_id FROM letter ORDER BY letter.id
-- load of Letter.body:
SELECT letter.id, letter.body FROM letter WHERE letter.id = ?
--   1
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: deferred

-- ANCHOR: undefer
BEGIN
SELECT letter.id, letter.subject, letter.address_id, letter.body
FROM letter
ORDER BY letter.id
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: undefer

-- ANCHOR: preload
BEGIN
SELECT letter.id, letter.subject, letter.address_id
FROM letter
ORDER BY letter.id
LIMIT ?
--   2
-- load of Letter.body:
SELECT letter.id, letter.body FROM letter WHERE letter.id IN (?, ?)
--   1, 2
ROLLBACK
-- sent: 2 SELECT
-- ANCHOR_END: preload

-- ANCHOR: sealed
BEGIN
SELECT letter.id, letter.subject, letter.address_id FROM letter WHERE letter.subject = ?
--   'Offer'
ROLLBACK
-- sent: 1 SELECT
-- ANCHOR_END: sealed

-- 09_joins on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: relationship
BEGIN
SELECT user_account.name, address.email
FROM user_account
JOIN address ON user_account.id = address.user_id
ORDER BY address.id
-- sent: 1 SELECT
-- ANCHOR_END: relationship

-- ANCHOR: foreign-key
SELECT user_account.id, user_account.name
FROM user_account
JOIN address ON address.user_id = user_account.id
WHERE address.email = ?
--   'jack@x.org'
-- sent: 1 SELECT
-- ANCHOR_END: foreign-key

-- ANCHOR: condition
SELECT user_account.name
FROM user_account
JOIN address ON orm_like(address.email, ?, '/') AND orm_like(user_account.name, ?, '/')
--   'w%', 'w%'
-- sent: 1 SELECT
-- ANCHOR_END: condition

-- ANCHOR: outer
SELECT user_account.id, user_account.name, address.id, address.email, address.user_id
FROM user_account
LEFT OUTER JOIN address ON user_account.id = address.user_id
ORDER BY user_account.id, address.id
-- sent: 1 SELECT
-- ANCHOR_END: outer

-- ANCHOR: alias
SELECT user_account.name, one.email, two.email
FROM user_account
JOIN address AS one ON user_account.id = one.user_id
JOIN address AS two ON user_account.id = two.user_id
WHERE one.id < two.id
-- sent: 1 SELECT
-- ANCHOR_END: alias

-- ANCHOR: exists
SELECT user_account.name
FROM user_account
WHERE EXISTS (SELECT 1
    FROM address
    WHERE user_account.id = address.user_id AND orm_like(address.email, ?))
ORDER BY user_account.name
--   '%@x.org'
-- sent: 1 SELECT
-- ANCHOR_END: exists

-- ANCHOR: operators
SELECT address.id, address.email, address.user_id
FROM address
WHERE EXISTS (SELECT 1
    FROM user_account
    WHERE address.user_id = user_account.id AND user_account.name = ?)
--   'jack'
SELECT address.id, address.email, address.user_id FROM address WHERE address.user_id = ?
--   2
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.user_id != ?
--   2
SELECT user_account.id, user_account.name
FROM user_account
WHERE NOT EXISTS (SELECT 1
    FROM address
    WHERE user_account.id = address.user_id)
SELECT user_account.id, user_account.name
FROM user_account
WHERE EXISTS (SELECT 1
    FROM address
    WHERE user_account.id = address.user_id AND address.id = ?)
--   3
-- sent: 5 SELECT
-- ANCHOR_END: operators

-- ANCHOR: product
SELECT user_account.name, address.email FROM user_account, address
-- sent: 1 SELECT
-- ANCHOR_END: product

-- ANCHOR: missing
SELECT user_account.id, user_account.name, address.id, address.email, address.user_id
FROM user_account
LEFT OUTER JOIN address ON user_account.id = address.user_id
-- sent: 1 SELECT
-- ANCHOR_END: missing

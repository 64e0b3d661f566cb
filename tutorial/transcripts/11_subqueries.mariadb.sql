-- 11_subqueries on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: table
BEGIN
SELECT user_account.name, counts.addresses
FROM user_account
LEFT OUTER JOIN (SELECT address.user_id, count(*) AS addresses
    FROM address
    GROUP BY address.user_id) AS counts ON user_account.id = counts.user_id
ORDER BY user_account.id
-- sent: 1 SELECT
-- ANCHOR_END: table

-- ANCHOR: list
SELECT user_account.id, user_account.name
FROM user_account
WHERE user_account.id IN (SELECT address.user_id
    FROM address
    WHERE address.email LIKE ? COLLATE utf8mb4_nopad_bin ESCAPE '/')
--   '%@y.org'
-- sent: 1 SELECT
-- ANCHOR_END: list

-- ANCHOR: scalar
SELECT address.id, address.email, address.user_id
FROM address
WHERE address.id = (SELECT max(address.id)
    FROM address)
-- sent: 1 SELECT
-- ANCHOR_END: scalar

-- ANCHOR: exists
SELECT user_account.name
FROM user_account
WHERE NOT EXISTS (SELECT 1
    FROM address
    WHERE address.user_id = user_account.id)
-- sent: 1 SELECT
-- ANCHOR_END: exists

-- ANCHOR: entity
SELECT user_account.id, user_account.name, some.id, some.email, some.user_id
FROM user_account
JOIN (SELECT address.id, address.email, address.user_id
    FROM address
    WHERE address.email LIKE ? COLLATE utf8mb4_nopad_bin ESCAPE '/') AS some
    ON user_account.id = some.user_id
ORDER BY user_account.id
--   '%@x.org'
-- sent: 1 SELECT
-- ANCHOR_END: entity

-- ANCHOR: unknown
SELECT counts.number FROM counts
-- sent: 1 SELECT
-- ANCHOR_END: unknown

-- 08_select on sqlite: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: entities
BEGIN
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.age > ? AND user_account.active = ?
ORDER BY user_account.name
--   25, TRUE
-- sent: 1 SELECT
-- ANCHOR_END: entities

-- ANCHOR: value
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.active = ?
ORDER BY user_account.age DESC NULLS LAST
LIMIT ?
--   TRUE, 2
-- sent: 1 SELECT
-- ANCHOR_END: value

-- ANCHOR: searched
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE orm_ilike(user_account.name, ?, '/')
ORDER BY user_account.name
--   '%ED%'
-- sent: 1 SELECT
-- ANCHOR_END: searched

-- ANCHOR: columns
SELECT user_account.name, user_account.age
FROM user_account
ORDER BY user_account.id DESC
LIMIT ?
--   3
-- sent: 1 SELECT
-- ANCHOR_END: columns

-- ANCHOR: both
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active, upper(user_account.name) AS loud
FROM user_account
WHERE orm_like(user_account.name, ?, '/')
--   'f%'
-- sent: 1 SELECT
-- ANCHOR_END: both

-- ANCHOR: operators
SELECT user_account.name
FROM user_account
WHERE user_account.name = ?
ORDER BY user_account.id
--   'ed'
SELECT user_account.name
FROM user_account
WHERE user_account.name != ?
ORDER BY user_account.id
--   'ed'
SELECT user_account.name
FROM user_account
WHERE orm_like(user_account.name, ?)
ORDER BY user_account.id
--   '%ed'
SELECT user_account.name
FROM user_account
WHERE orm_ilike(user_account.name, ?)
ORDER BY user_account.id
--   '%ED'
SELECT user_account.name
FROM user_account
WHERE user_account.name IN (?, ?, ?)
ORDER BY user_account.id
--   'ed', 'wendy', 'jack'
SELECT user_account.name
FROM user_account
WHERE user_account.name NOT IN (?, ?, ?)
ORDER BY user_account.id
--   'ed', 'wendy', 'jack'
SELECT user_account.name
FROM user_account
WHERE user_account.fullname IS NULL
ORDER BY user_account.id
SELECT user_account.name
FROM user_account
WHERE user_account.fullname IS NOT NULL
ORDER BY user_account.id
SELECT user_account.name
FROM user_account
WHERE user_account.age BETWEEN ? AND ?
ORDER BY user_account.id
--   18, 30
SELECT user_account.name
FROM user_account
WHERE user_account.name = ? AND user_account.fullname = ?
ORDER BY user_account.id
--   'ed', 'Ed Jones'
SELECT user_account.name
FROM user_account
WHERE user_account.age < ? OR user_account.age > ?
ORDER BY user_account.id
--   20, 60
SELECT user_account.name
FROM user_account
WHERE user_account.active != ?
ORDER BY user_account.id
--   TRUE
SELECT user_account.name
FROM user_account
WHERE orm_like(user_account.fullname, ?, '/')
ORDER BY user_account.id
--   '%50/%%'
SELECT user_account.name FROM user_account WHERE age + ? > 70 ORDER BY user_account.id
--   5
-- sent: 14 SELECT
-- ANCHOR_END: operators

-- ANCHOR: how-many
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.name = ?
--   'ed'
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.id = ?
--   99
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
ORDER BY user_account.id
LIMIT ?
--   1
SELECT max(user_account.age) FROM user_account
SELECT count(*)
FROM (SELECT user_account.id, user_account.name, user_account.fullname,
        user_account.age, user_account.active
    FROM user_account) AS anon_1
-- sent: 5 SELECT
-- ANCHOR_END: how-many

-- ANCHOR: pages
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
ORDER BY user_account.id
LIMIT ? OFFSET ?
--   2, 2
-- sent: 1 SELECT
-- ANCHOR_END: pages

-- ANCHOR: distinct
SELECT DISTINCT user_account.active FROM user_account ORDER BY user_account.active
-- sent: 1 SELECT
-- ANCHOR_END: distinct

-- ANCHOR: several
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.active = ?
--   TRUE
-- sent: 1 SELECT
-- ANCHOR_END: several

-- ANCHOR: none
SELECT user_account.id, user_account.name, user_account.fullname, user_account.age,
    user_account.active
FROM user_account
WHERE user_account.id = ?
--   99
-- sent: 1 SELECT
-- ANCHOR_END: none

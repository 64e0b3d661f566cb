-- 22_pointing on mariadb: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: save
BEGIN
INSERT INTO address (street, city) VALUES (?, ?)
--   '40 main street', 'San Francisco'
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO customer () VALUES ()
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO supplier () VALUES ()
SELECT LAST_INSERT_ID(), @@auto_increment_increment
INSERT INTO customer_address (customer_id, address_id) VALUES (?, ?)
--   1, 1
INSERT INTO supplier_address (supplier_id, address_id) VALUES (?, ?)
--   1, 1
COMMIT
-- sent: 3 SELECT, 5 INSERT
-- ANCHOR_END: save

-- ANCHOR: query
BEGIN
SELECT count(*)
FROM (SELECT customer.id
    FROM customer
    WHERE EXISTS (SELECT 1
        FROM customer_address
        JOIN address ON customer_address.address_id = address.id
        WHERE customer.id = customer_address.customer_id AND address.city = ?)) AS
    anon_1
--   'San Francisco'
SELECT count(*)
FROM (SELECT supplier.id
    FROM supplier
    WHERE EXISTS (SELECT 1
        FROM supplier_address
        JOIN address ON supplier_address.address_id = address.id
        WHERE supplier.id = supplier_address.supplier_id AND address.city = ?)) AS
    anon_1
--   'San Francisco'
-- sent: 2 SELECT
-- ANCHOR_END: query

-- ANCHOR: note
INSERT INTO note (words, customer_id, supplier_id) VALUES (?, ?, ?)
--   'delivers on time', NULL, 1
SELECT LAST_INSERT_ID(), @@auto_increment_increment
COMMIT
-- sent: 1 SELECT, 1 INSERT
-- ANCHOR_END: note

-- ANCHOR: deleted
BEGIN
SELECT address.id, address.street, address.city FROM address
DELETE FROM address WHERE address.id = ?
--   1
ROLLBACK
-- sent: 1 SELECT, 1 DELETE
-- ANCHOR_END: deleted

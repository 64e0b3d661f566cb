-- 17_many_to_many on postgres: renewed by `cargo run -p tutorial -- write`.

-- ANCHOR: link
BEGIN
INSERT INTO course (title) SELECT p.c1
FROM unnest($1) WITH ORDINALITY AS p(c1, n)
ORDER BY p.n
RETURNING id
--   ['Mathematics', 'Physics']
INSERT INTO student (name) SELECT p.c1
FROM unnest($1) WITH ORDINALITY AS p(c1, n)
ORDER BY p.n
RETURNING id
--   ['Alice', 'Bob']
INSERT INTO student_course (course_id, student_id) SELECT p.c1, p.c2
FROM unnest($1, $2) WITH ORDINALITY AS p(c1, c2, n)
ORDER BY p.n
--   [1, 2, 1], [1, 1, 2]
COMMIT
-- sent: 3 INSERT
-- ANCHOR_END: link

-- ANCHOR: read
-- lazy load of Student.courses:
SELECT student_course.student_id, course.id, course.title
FROM student_course
JOIN course ON student_course.course_id = course.id
WHERE student_course.student_id = $1
ORDER BY course.id
--   1
-- sent: 1 SELECT
-- ANCHOR_END: read

-- ANCHOR: unlink
DELETE FROM student_course
WHERE student_course.course_id = $1 AND student_course.student_id = $2
--   2, 1
COMMIT
-- sent: 1 DELETE
-- ANCHOR_END: unlink

-- ANCHOR: query
BEGIN
SELECT student.name
FROM student
JOIN student_course ON student.id = student_course.student_id
JOIN course ON student_course.course_id = course.id
WHERE course.title = $1
ORDER BY student.name
--   'Mathematics'
-- sent: 1 SELECT
-- ANCHOR_END: query

-- ANCHOR: lend
BEGIN
INSERT INTO book (title) VALUES ($1) RETURNING id
--   'Euclid'
INSERT INTO loan (student_id, book_id, since) VALUES ($1, $2, $3)
--   1, 1, '2026-02-01'
COMMIT
-- sent: 2 INSERT
-- ANCHOR_END: lend

-- ANCHOR: loans
BEGIN
SELECT loan.student_id, loan.book_id, loan.since, book_1.id, book_1.title
FROM loan
LEFT OUTER JOIN book AS book_1 ON loan.book_id = book_1.id
WHERE loan.student_id = $1
--   1
-- sent: 1 SELECT
-- ANCHOR_END: loans

-- ANCHOR: borrow
INSERT INTO loan (student_id, book_id, since) VALUES ($1, $2, $3)
--   2, 1, '2026-02-01'
COMMIT
BEGIN
-- lazy load of Book.loans:
SELECT loan.student_id, loan.book_id, loan.since, book_1.id, book_1.title
FROM loan
LEFT OUTER JOIN book AS book_1 ON loan.book_id = book_1.id
WHERE loan.book_id = $1
--   1
-- lazy load of Loan.student:
SELECT student.id, student.name FROM student WHERE student.id = $1
--   1
SELECT student.id, student.name FROM student WHERE student.id = $1
--   2
-- sent: 3 SELECT, 1 INSERT
-- ANCHOR_END: borrow

-- ANCHOR: borrowed
SELECT book.title
FROM book
WHERE EXISTS (SELECT 1
    FROM loan
    WHERE book.id = loan.book_id AND EXISTS (SELECT 1
        FROM student
        WHERE loan.student_id = student.id AND student.name = $1))
--   'Bob'
-- sent: 1 SELECT
-- ANCHOR_END: borrowed

-- ANCHOR: twice
BEGIN
SELECT student.id, student.name FROM student WHERE student.id = $1
--   1
SELECT course.id, course.title FROM course WHERE course.id = $1
--   1
INSERT INTO student_course (student_id, course_id) VALUES ($1, $2)
--   1, 1
ROLLBACK
-- sent: 2 SELECT, 1 INSERT
-- ANCHOR_END: twice

-- aggregation allowed: [('x', 200), ('y', 200), ('z', 200)]
SELECT segment, COUNT(DISTINCT id) AS n FROM provider GROUP BY segment

-- aggregation allowed: [('X', 200), ('Y', 200), ('Z', 200)]
SELECT UPPER(segment) AS s, COUNT(DISTINCT id) AS n FROM provider GROUP BY UPPER(segment) HAVING COUNT(DISTINCT id) > 3 ORDER BY n

-- aggregation small groups: []
SELECT c.campaign, COUNT(DISTINCT p.id) AS n FROM consumer c INNER JOIN mapping m ON c.id = m.targetid INNER JOIN provider p ON p.id = m.sourceid WHERE c.campaign <> 'c9' GROUP BY c.campaign

-- aggregation refused: The analysis rule of 'provider' does not allow SUM of 'amount'.
SELECT segment, SUM(amount) AS n FROM provider GROUP BY segment

-- aggregation refused: The analysis rule of 'provider' does not allow COUNT of 'id'.
SELECT segment, COUNT(id) AS n FROM provider GROUP BY segment

-- aggregation refused: The analysis rule of 'provider' does not allow COUNT DISTINCT of 'email'.
SELECT COUNT(DISTINCT email) AS n FROM provider

-- aggregation refused: COUNT takes one plain column under the aggregation analysis rule. Write COUNT(DISTINCT column) for COUNT(*).
SELECT COUNT(*) AS n FROM provider

-- aggregation refused: AVG takes one plain column under the aggregation analysis rule. Write COUNT(DISTINCT column) for COUNT(*).
SELECT AVG(amount * 2) AS n FROM provider

-- aggregation refused: 'id' is no dimension column of 'provider': it may not be selected, grouped by or filtered by.
SELECT id, COUNT(DISTINCT id) AS n FROM provider GROUP BY id

-- aggregation refused: 'email' is no dimension column of 'provider': it may not be selected, grouped by or filtered by.
SELECT COUNT(DISTINCT id) AS n FROM provider WHERE email = 'person7@example.com'

-- aggregation refused: The analysis rule of 'provider' does not allow the function LOWER.
SELECT LOWER(segment) AS s, COUNT(DISTINCT id) AS n FROM provider GROUP BY LOWER(segment)

-- aggregation refused: CASE is not part of the aggregation analysis rule's form.
SELECT CASE WHEN segment = 'x' THEN 1 ELSE 0 END AS s, COUNT(DISTINCT id) AS n FROM provider GROUP BY 1

-- aggregation refused: The aggregation analysis rule asks for at least one aggregate function in SELECT.
SELECT segment FROM provider GROUP BY segment

-- aggregation refused: The aggregation analysis rule allows one plain SELECT: no WITH, no subquery, no UNION.
WITH t AS (SELECT segment, id FROM provider) SELECT segment, COUNT(DISTINCT id) AS n FROM t GROUP BY segment

-- aggregation refused: The aggregation analysis rule allows one plain SELECT: no WITH, no subquery, no UNION.
SELECT COUNT(DISTINCT id) AS n FROM provider UNION ALL SELECT COUNT(DISTINCT id) FROM provider

-- aggregation refused: LIMIT and SELECT DISTINCT are not part of the aggregation analysis rule's form. Leave them out.
SELECT COUNT(DISTINCT id) AS n FROM provider LIMIT 1

-- aggregation refused: WINDOW is not part of the aggregation analysis rule's form.
SELECT segment, COUNT(DISTINCT id) AS n, ROW_NUMBER() OVER (ORDER BY segment) AS r FROM provider GROUP BY segment

-- aggregation refused: LEFT JOIN may not be used under these analysis rules. Write INNER JOIN.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p LEFT JOIN consumer c ON p.id = c.id

-- aggregation refused: Tables are joined with INNER JOIN … ON, never with a comma or CROSS JOIN.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p, consumer c WHERE p.segment = c.campaign

-- aggregation refused: The analysis rule of 'provider' does not allow OR in a join condition.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p JOIN consumer c ON p.id = c.id OR p.id = c.id

-- aggregation refused: 'segment' is no join column of 'provider'.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p JOIN consumer c ON p.segment = c.id

-- aggregation refused: A join condition compares a column of one table with a column of another, with =.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p JOIN consumer c ON p.id < c.id

-- aggregation small groups: []
SELECT amount, COUNT(DISTINCT id) AS n FROM provider WHERE segment = 'x' GROUP BY amount

-- aggregation with join required refused: 'provider' must be joined, directly or through others, with a table of the account that asks.
SELECT COUNT(DISTINCT id) AS n FROM provider

-- aggregation with join required allowed: [(275,)]
SELECT COUNT(DISTINCT p.id) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid JOIN consumer c ON c.id = m.targetid WHERE c.campaign IN ('c0', 'c1', 'c2')

-- list allowed: [('x',), ('y',), ('z',)]
SELECT DISTINCT p.segment FROM consumer c JOIN mapping m ON c.id = m.targetid JOIN provider p ON m.sourceid = p.id WHERE p.segment IS NOT NULL LIMIT 10

-- list refused: The list analysis rule asks for SELECT DISTINCT.
SELECT p.segment FROM consumer c JOIN mapping m ON c.id = m.targetid JOIN provider p ON m.sourceid = p.id

-- list refused: 'provider' must be joined, directly or through others, with a table of the account that asks.
SELECT DISTINCT segment FROM provider

-- list refused: 'email' is no list column of 'provider': it may not be selected or filtered by.
SELECT DISTINCT p.email FROM consumer c JOIN provider p ON c.id = p.id

-- list refused: 'id' is no list column of 'provider': it may not be selected or filtered by.
SELECT DISTINCT p.segment FROM consumer c JOIN provider p ON c.id = p.id WHERE p.id = '7'

-- list refused: UPPER may not be used under the list analysis rule: it allows columns, arithmetic and comparisons.
SELECT DISTINCT UPPER(p.segment) AS s FROM consumer c JOIN provider p ON c.id = p.id

-- list refused: GROUP BY is not part of the list analysis rule's form.
SELECT DISTINCT p.segment FROM consumer c JOIN provider p ON c.id = p.id GROUP BY p.segment

-- list refused: The list analysis rule allows one plain SELECT DISTINCT: no WITH, no subquery, no UNION.
SELECT DISTINCT s FROM (SELECT p.segment AS s FROM consumer c JOIN provider p ON c.id = p.id) AS t

-- list refused: A join condition compares a column of one table with a column of another, with =.
SELECT DISTINCT p.segment FROM consumer c JOIN provider p ON c.id = c.id

-- custom allowed: [(475,)]
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid WHERE p.id < '9' OR p.id >= '0' AND CAST(p.id AS INTEGER) < 450

-- custom allowed: [('person7@example.com', 77)]
SELECT p.email, c.visits FROM provider p INNER JOIN mapping m ON p.id = m.sourceid INNER JOIN consumer c ON c.id = m.targetid WHERE c.campaign = 'solo'

-- custom allowed: [(475,)]
SELECT COUNT(1) AS n FROM provider p LEFT JOIN mapping m ON p.id = m.source_id

-- custom allowed: [('x', 1)]
SELECT segment, r FROM (SELECT segment, ROW_NUMBER() OVER (PARTITION BY segment ORDER BY id) AS r FROM provider) AS t WHERE r = 1 ORDER BY segment LIMIT 1

-- custom allowed: [('c0',), ('c1',), ('c2',), ('solo',)]
SELECT campaign FROM consumer UNION SELECT campaign FROM consumer

-- custom mixed refused: Tables with different types of analysis rule cannot be combined: AGGREGATION, CUSTOM.
SELECT COUNT(DISTINCT p.id) AS n FROM provider p JOIN consumer c ON p.id = c.id

-- no rule refused: 'provider' has no analysis rule, so it cannot be queried. Its owner can give it one.
SELECT COUNT(1) AS n FROM provider

-- other account refused: The analysis rule of 'provider' does not allow queries of account 111122223333.
SELECT COUNT(1) AS n FROM provider

-- templates only refused: The analysis rule of 'provider' does not allow free queries; run one of its analysis templates.
SELECT COUNT(1) AS n FROM provider

-- disallowed refused: 'email' of 'provider' may not be in the output, here as 'e'.
SELECT UPPER(email) AS e FROM provider

-- disallowed refused: 'email' of 'provider' may not be in the output, here as 'e'.
WITH t AS (SELECT email AS x FROM provider) SELECT MAX(x) AS e FROM t

-- disallowed refused: 'email' of 'provider' may not be in the output, here as 'e'.
SELECT CASE WHEN email LIKE 'person7@%' THEN 1 ELSE 0 END AS e FROM provider

-- disallowed allowed: [(600,)]
SELECT COUNT(DISTINCT email) AS n FROM provider WHERE email LIKE '%example.com'

-- threshold allowed: [('x', 200), ('y', 200), ('z', 200)]
SELECT segment, COUNT(DISTINCT id) AS n FROM provider GROUP BY segment

-- threshold allowed: []
SELECT amount, segment, COUNT(1) AS n FROM provider WHERE segment <> 'x' GROUP BY amount, segment

-- threshold refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT segment FROM provider

-- threshold refused: id may never be in the output, here as 'i'. Count it: COUNT(DISTINCT id).
SELECT MIN(id) AS i FROM provider

-- threshold refused: SUM may aggregate only a column of 'provider' as it stands, and 'amount' is changed first.
SELECT SUM(amount * 2) AS a FROM provider

-- threshold refused: SUM may aggregate only a column of 'provider' as it stands, and 'amount' is changed first.
WITH t AS (SELECT amount * 2 AS b FROM provider) SELECT SUM(b) AS a FROM t

-- threshold any allowed: [('x', 1800.0), ('y', 1800.0), ('z', 1800.0)]
SELECT segment, SUM(CAST(amount AS DOUBLE) * 2) AS a FROM provider GROUP BY segment

-- threshold exempt allowed: [('x',), ('y',), ('z',)]
SELECT segment FROM provider GROUP BY segment

-- threshold ordered allowed: [('z', 200)]
SELECT segment, COUNT(DISTINCT id) AS n FROM provider GROUP BY segment ORDER BY segment DESC LIMIT 1

-- controls refused: 'email' of 'provider' may not be compared with a literal.
SELECT COUNT(1) AS n FROM provider WHERE email = 'person7@example.com'

-- controls refused: 'email' of 'provider' may not be compared with a literal.
WITH t AS (SELECT LOWER(email) AS e FROM provider) SELECT COUNT(1) AS n FROM t WHERE e LIKE 'person7%'

-- controls refused: 'email' of 'provider' may not be compared with a column, joined on or grouped by.
SELECT email, COUNT(1) AS n FROM provider GROUP BY email

-- controls refused: 'amount' of 'provider' may not be compared with a column, joined on or grouped by.
SELECT COUNT(1) AS n FROM provider p JOIN consumer c ON p.amount = c.visits

-- controls allowed: [('x', 200)]
SELECT segment, COUNT(1) AS n FROM provider WHERE segment = 'x' GROUP BY segment

-- threshold allowed: [(276,)]
SELECT COUNT(DISTINCT p.id) AS n FROM consumer c INNER JOIN mapping m ON c.id = m.targetid INNER JOIN provider p ON p.id = m.sourceid

-- threshold allowed: []
SELECT c.campaign, COUNT(DISTINCT p.id) AS n FROM consumer c INNER JOIN mapping m ON c.id = m.targetid INNER JOIN provider p ON p.id = m.sourceid GROUP BY c.campaign

-- threshold refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT c.campaign FROM consumer c INNER JOIN mapping m ON c.id = m.targetid INNER JOIN provider p ON p.id = m.sourceid

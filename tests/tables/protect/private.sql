-- private allowed: 1 release
SELECT COUNT(DISTINCT id) AS n FROM provider

-- private allowed: 1 release
SELECT COUNT(DISTINCT CASE WHEN segment = 'x' THEN id END) AS n FROM provider WHERE amount > 1

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider

-- private allowed: 2 releases
SELECT COUNT(email) AS n FROM provider

-- private allowed: 2 releases
SELECT COUNT(DISTINCT email) AS n FROM provider

-- private allowed: 3 releases
SELECT SUM(amount) AS total FROM provider

-- private allowed: 4 releases
SELECT AVG(CAST(amount AS DOUBLE)) AS mean FROM provider

-- private allowed: 5 releases
SELECT STDDEV_POP(amount) AS spread FROM provider

-- private allowed: 3 releases
SELECT segment, COUNT(DISTINCT id) AS users FROM provider GROUP BY segment

-- private allowed: 7 releases
SELECT segment, COUNT(*) AS n, SUM(amount) AS total, SUM(amount) / COUNT(*) AS a, AVG(amount) AS mean FROM provider GROUP BY 1 HAVING COUNT(*) > 3 ORDER BY n DESC, SUM(amount) LIMIT 2

-- private allowed: 4 releases
SELECT UPPER(segment) AS s, COUNT(*) FILTER (WHERE amount > 2) AS some, COUNT(*) AS n FROM provider GROUP BY UPPER(segment)

-- private allowed: 3 releases
SELECT CASE WHEN amount > 4 THEN 'much' ELSE 'little' END AS size, COUNT(*) AS n FROM provider GROUP BY 1

-- private allowed: 3 releases
SELECT c.campaign, COUNT(*) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid JOIN consumer c ON c.id = m.targetid GROUP BY c.campaign

-- private allowed: 5 releases
WITH per AS (SELECT p.id, p.segment, SUM(c.visits) AS visits FROM provider p JOIN mapping m ON p.id = m.sourceid JOIN consumer c ON c.id = m.targetid GROUP BY p.id, p.segment) SELECT segment, AVG(visits) AS mean FROM per GROUP BY segment

-- private allowed: 2 releases
WITH numbered AS (SELECT id, amount, ROW_NUMBER() OVER (PARTITION BY id ORDER BY amount DESC) AS place FROM provider) SELECT COUNT(*) AS n FROM numbered WHERE place = 1

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider WHERE id IN (SELECT id FROM consumer WHERE visits > 0)

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider WHERE id IN (SELECT id FROM provider WHERE segment = 'x')

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider p LEFT JOIN provider q ON p.id = q.id AND q.segment = 'x' WHERE q.id IS NULL

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM consumer c LEFT JOIN provider p ON c.visits = p.amount

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider p RIGHT JOIN consumer c ON c.visits = p.amount

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider p FULL JOIN consumer c ON c.visits = p.amount

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider p, provider q WHERE p.id = q.id AND p.amount > 3

-- private allowed: 1 release
SELECT COUNT(DISTINCT id) AS n FROM provider JOIN provider AS q USING (id)

-- private allowed: 2 releases
WITH both AS (SELECT id, segment AS word FROM provider UNION SELECT id, email AS word FROM provider) SELECT COUNT(*) AS n FROM both

-- private allowed: 2 releases
WITH some AS (SELECT id, amount FROM provider EXCEPT SELECT id, amount FROM provider WHERE segment = 'y') SELECT COUNT(*) AS n FROM some

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM (SELECT DISTINCT id, segment FROM provider) AS t

-- private allowed: 2 releases
WITH often AS (SELECT id FROM provider GROUP BY id HAVING SUM(amount) > 3) SELECT COUNT(*) AS n FROM often JOIN provider p ON p.id = often.id

-- private allowed: 2 releases
WITH sizes AS (SELECT campaign, COUNT(*) AS n FROM consumer GROUP BY campaign ORDER BY n LIMIT 1) SELECT COUNT(*) AS n FROM provider CROSS JOIN sizes WHERE provider.amount < sizes.n

-- both private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider p FULL JOIN consumer c ON p.id = c.id

-- both private allowed: 2 releases
WITH t AS (SELECT id, visits AS n FROM consumer UNION ALL SELECT id, amount AS n FROM provider) SELECT COUNT(n) AS n FROM t

-- private refused: Under differential privacy the last SELECT must aggregate, with COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT id, segment FROM provider

-- private refused: Under differential privacy the last SELECT must aggregate, with COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT segment FROM provider GROUP BY segment

-- private refused: Under differential privacy the last SELECT must aggregate, with COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT COUNT(*) AS n FROM provider UNION ALL SELECT COUNT(*) AS n FROM consumer

-- private refused: Each part of the query that reads protected rows must have their user column among its columns.
SELECT COUNT(*) AS n FROM provider UNION ALL SELECT COUNT(*) AS n FROM consumer

-- private refused: MAX cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT MAX(amount) AS most FROM provider

-- private refused: MIN cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT COUNT(*) AS n FROM provider HAVING MIN(amount) > 3

-- private refused: VARIANCE cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT VAR_SAMP(amount) AS v FROM provider

-- private refused: SUM(DISTINCT …) cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT SUM(DISTINCT amount) AS total FROM provider

-- private refused: COUNT(DISTINCT …) cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT COUNT(DISTINCT segment, amount) AS n FROM provider

-- private refused: APPROX_DISTINCT cannot be given noise. Under differential privacy there are COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV.
SELECT APPROX_COUNT_DISTINCT(id) AS n FROM provider

-- private refused: A window cannot stand in the last SELECT under differential privacy. Put it in a WITH.
SELECT COUNT(*) AS n, RANK() OVER (ORDER BY segment) AS r, segment FROM provider GROUP BY segment

-- private refused: SELECT DISTINCT has no use where the last SELECT aggregates. Leave DISTINCT out.
SELECT DISTINCT COUNT(*) AS n FROM provider GROUP BY segment

-- private refused: The last SELECT cannot group by the user: a group of one user is never shown.
SELECT id, COUNT(*) AS n FROM provider GROUP BY id

-- private refused: Each part of the query that reads protected rows must have their user column among its columns.
WITH t AS (SELECT segment, amount FROM provider) SELECT segment, SUM(amount) AS s FROM t GROUP BY segment

-- private refused: Each part of the query that reads protected rows must have their user column among its columns.
WITH t AS (SELECT id || 'x' AS id, amount FROM provider) SELECT SUM(amount) AS s FROM t

-- private refused: A part that aggregates protected rows must group by their user. Only the last SELECT gathers users.
WITH t AS (SELECT segment, COUNT(*) AS n FROM provider GROUP BY segment) SELECT SUM(n) AS s FROM t

-- private refused: A part that aggregates protected rows must group by their user. Only the last SELECT gathers users.
WITH most AS (SELECT MAX(amount) AS top FROM provider) SELECT COUNT(*) AS n FROM provider CROSS JOIN most WHERE provider.amount = most.top

-- private refused: A window over protected rows must be partitioned by their user.
WITH t AS (SELECT id, RANK() OVER (ORDER BY amount) AS place FROM provider) SELECT COUNT(*) AS n FROM t WHERE place = 1

-- private refused: A window over protected rows must be partitioned by their user.
WITH t AS (SELECT id, LAG(amount) OVER (PARTITION BY segment ORDER BY amount) AS before FROM provider) SELECT SUM(before) AS n FROM t

-- private refused: LIMIT stands only at the end of the whole query under differential privacy.
SELECT SUM(amount) AS s FROM (SELECT id, amount FROM provider ORDER BY amount LIMIT 1) AS t

-- private refused: 'q' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM provider p JOIN provider q ON p.segment = q.segment

-- private refused: 'q' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM provider p CROSS JOIN provider q

-- private refused: 'q' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM provider p JOIN provider q ON p.id = q.id OR p.segment = q.segment

-- private refused: 'q' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM provider p LEFT JOIN provider q ON p.segment = q.segment WHERE p.id = q.id

-- private refused: 'q' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM consumer c LEFT JOIN provider p ON c.visits = p.amount LEFT JOIN provider q ON q.id = c.id

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT COUNT(*) AS n FROM provider WHERE id NOT IN (SELECT id FROM provider WHERE segment = 'x')

-- private allowed: 2 releases
SELECT COUNT(*) AS n FROM provider WHERE id IN (SELECT id FROM provider WHERE segment = 'x' UNION SELECT id FROM provider WHERE amount > 2)

-- private allowed: 2 releases
WITH t AS (SELECT p.id AS first, q.id AS second FROM provider p LEFT JOIN provider q ON p.id = q.id AND q.segment = 'x') SELECT COUNT(*) AS n FROM t

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT COUNT(*) AS n FROM provider WHERE id IN (SELECT id FROM provider UNION SELECT id FROM consumer)

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT COUNT(*) AS n FROM provider p JOIN consumer c ON p.amount = c.visits AND p.id IN (SELECT id FROM provider WHERE amount > 2)

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT COUNT(*) AS n FROM provider WHERE amount IN (SELECT amount FROM provider WHERE id = '7')

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT COUNT(*) AS n FROM consumer WHERE id IN (SELECT id FROM provider)

-- private refused: IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL.
SELECT SUM(CASE WHEN id IN (SELECT id FROM provider WHERE segment = 'x') THEN 1 ELSE 0 END) AS n FROM provider

-- private refused: The last SELECT must read the protected rows in FROM.
SELECT COUNT(*) AS n FROM consumer WHERE id IN (SELECT id FROM provider)

-- private refused: A subquery cannot stand in SELECT, HAVING or ORDER BY under differential privacy. Join it.
SELECT segment, COUNT(*) AS n FROM provider GROUP BY segment HAVING segment IN (SELECT campaign FROM consumer)

-- private refused: Each part of the query that reads protected rows must have their user column among its columns.
WITH t AS (SELECT id FROM provider UNION ALL SELECT id FROM consumer) SELECT COUNT(*) AS n FROM t

-- both private refused: Each part of the query that reads protected rows must have their user column among its columns.
WITH t AS (SELECT id, segment AS s FROM provider UNION ALL SELECT campaign AS id, id AS s FROM consumer) SELECT COUNT(*) AS n FROM t

-- both private refused: 'c' must be joined with the other protected rows by their users: ON one user column = the other.
SELECT COUNT(*) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid JOIN consumer c ON c.id = m.targetid

-- other column refused: The tables under differential privacy must name the same user column; they name 'campaign' of 'consumer', 'id' of 'provider'.
SELECT COUNT(*) AS n FROM provider p JOIN consumer c ON p.id = c.campaign

-- lost column refused: 'provider' has no column 'person', by which its rule would protect its users.
SELECT COUNT(*) AS n FROM provider

-- threshold beside refused: A table with an aggregation threshold cannot be combined with one under differential privacy.
SELECT COUNT(*) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid JOIN consumer c ON c.id = m.targetid

-- private refused: 'segment' must stand in GROUP BY or inside an aggregate.
SELECT segment, COUNT(*) AS n FROM provider

-- other account refused: The analysis rule of 'provider' does not allow queries of account 111122223333.
SELECT COUNT(*) AS n FROM provider

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT user_id FROM dsp_impressions

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT user_id AS reach, COUNT(1) AS n FROM dsp_impressions GROUP BY user_id

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT MIN(user_id) AS u, COUNT(1) AS n FROM dsp_impressions

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT MAX(user_id) AS u FROM dsp_impressions WHERE campaign = 'solo'

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT UPPER(user_id) AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY UPPER(user_id)

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT SUBSTRING(user_id, 1, 2) AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT user_id || '' AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT CONCAT('x', user_id) AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT CAST(user_id AS VARCHAR) AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT LENGTH(user_id) AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT COALESCE(user_id, 'none') AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may never be in the output, here as 'u'. Count it: COUNT(DISTINCT user_id).
SELECT CASE WHEN campaign = 'solo' THEN user_id END AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT "USER_ID" AS u, COUNT(1) AS n FROM dsp_impressions GROUP BY "USER_ID"

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT u, COUNT(1) AS n FROM (SELECT user_id AS u FROM dsp_impressions) AS t GROUP BY u

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
WITH t AS (SELECT user_id AS u FROM dsp_impressions) SELECT u AS campaign, COUNT(1) AS n FROM t GROUP BY u

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
WITH a AS (SELECT user_id AS x FROM dsp_impressions), b AS (SELECT x AS y FROM a), c AS (SELECT y AS z FROM b) SELECT z, COUNT(1) AS n FROM c GROUP BY z

-- refused: Two columns are called 'campaign'. Give each a name of its own with AS.
SELECT campaign, user_id FROM dsp_impressions UNION ALL SELECT campaign, campaign FROM dsp_clicks

-- refused: user_id may never be in the output, here as 'x'. Count it: COUNT(DISTINCT user_id).
SELECT x, COUNT(1) AS n FROM (SELECT campaign AS x FROM dsp_clicks UNION ALL SELECT user_id FROM dsp_impressions) AS t GROUP BY x

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id = 'u7' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE 'u7' = user_id GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id IN ('u7', 'u8') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id LIKE 'u7' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id BETWEEN 'u7' AND 'u7' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id > 'u6' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE REGEXP_LIKE(user_id, '^u7$') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id SIMILAR TO 'u7' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE NOT (user_id <> 'u7') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE CONCAT(user_id, campaign) = 'u7solo' GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE STRPOS(user_id, 'u7') = 1 GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id = CUSTOM_PARAMETER('target') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id = CONCAT('u', '7') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE NULLIF(user_id, 'u7') IS NULL GROUP BY campaign

-- refused: user_id may never be in the output, here as 'n'. Count it: COUNT(DISTINCT user_id).
SELECT campaign, SUM(CASE user_id WHEN 'u7' THEN impressions END) AS n FROM dsp_impressions GROUP BY campaign

-- refused: user_id may never be in the output, here as 'n'. Count it: COUNT(DISTINCT user_id).
SELECT campaign, SUM(CASE WHEN user_id = 'u7' THEN impressions END) AS n FROM dsp_impressions GROUP BY campaign

-- refused: user_id may never be in the output, here as 'n'. Count it: COUNT(DISTINCT user_id).
SELECT campaign, SUM(IF(user_id = 'u7', impressions, 0)) AS n FROM dsp_impressions GROUP BY campaign

-- refused: user_id may never be in the output, here as 'n'. Count it: COUNT(DISTINCT user_id).
SELECT campaign, COUNT(1) FILTER (WHERE user_id = 'u7') AS n FROM dsp_impressions GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign HAVING MAX(user_id) = 'u7'

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign, user_id

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT t.campaign, COUNT(1) AS n FROM dsp_impressions AS t JOIN (VALUES ('u7')) AS v(u) ON t.user_id = v.u GROUP BY t.campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
WITH v AS (SELECT 'u7' AS u) SELECT t.campaign, COUNT(1) AS n FROM dsp_impressions AS t JOIN v ON t.user_id = v.u GROUP BY t.campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
WITH v AS (SELECT 'u7' AS user_id) SELECT campaign, COUNT(1) AS n FROM dsp_impressions JOIN v USING (user_id) GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE user_id IN (SELECT 'u7') GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE user_id IN (SELECT CASE WHEN campaign = 'solo' THEN user_id ELSE 'u9' END FROM dsp_impressions) GROUP BY campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
WITH v AS (SELECT user_id FROM dsp_clicks UNION ALL SELECT 'u7') SELECT t.campaign, COUNT(1) AS n FROM dsp_impressions AS t JOIN v ON t.user_id = v.user_id GROUP BY t.campaign

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
WITH v AS (SELECT CASE WHEN campaign = 'solo' THEN user_id ELSE 'other' END AS g FROM dsp_impressions) SELECT COUNT(1) AS n FROM v GROUP BY g

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT ROW_NUMBER() OVER (ORDER BY user_id) AS r, COUNT(1) AS n FROM dsp_impressions GROUP BY user_id

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
WITH v AS (SELECT campaign, ROW_NUMBER() OVER (ORDER BY user_id) AS r FROM dsp_impressions) SELECT campaign, COUNT(1) AS n FROM v WHERE r = 1 GROUP BY campaign

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT postal_code, COUNT(1) AS n FROM dsp_impressions WHERE postal_code = 'canary' GROUP BY postal_code

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE postal_code LIKE 'can%'

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE postal_code IN ('canary')

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE postal_code = CUSTOM_PARAMETER('postal')

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE SUBSTRING(postal_code, 1, 3) = 'can'

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE REPLACE(postal_code, 'canary', '') = ''

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE LENGTH(postal_code) > 3

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE CONTAINED_IN(postal_code, ARRAY['canary'])

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT SUM(CASE postal_code WHEN 'canary' THEN 1 ELSE 0 END) AS n FROM dsp_impressions

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(NULLIF(postal_code, 'canary')) AS n FROM dsp_impressions

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions AS t JOIN (VALUES ('canary')) AS v(p) ON t.postal_code = v.p

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
WITH v AS (SELECT 'canary' AS p) SELECT COUNT(1) AS n FROM dsp_impressions AS t JOIN v ON t.postal_code = v.p

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions GROUP BY postal_code HAVING MIN(postal_code) = 'canary'

-- refused: MIN(postal_code) would show one user's value. Use it in a WITH that groups by the user.
SELECT MIN(postal_code) AS p FROM dsp_impressions

-- refused: MAX(postal_code) would show one user's value. Use it in a WITH that groups by the user.
SELECT campaign, MAX(postal_code) AS p, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign

-- refused: MAX(bid_price) would show one user's value. Use it in a WITH that groups by the user.
SELECT MAX(bid_price) AS p FROM dsp_impressions

-- refused: MAX(bid_price) would show one user's value. Use it in a WITH that groups by the user.
WITH m AS (SELECT campaign, MAX(bid_price) AS p FROM dsp_impressions GROUP BY campaign) SELECT p, COUNT(1) AS n FROM m GROUP BY p

-- refused: FIRST_VALUE OVER (…) must be partitioned by the user, so that no user's value reaches another's row.
WITH m AS (SELECT campaign, FIRST_VALUE(postal_code) OVER (ORDER BY total_cost DESC) AS p FROM dsp_impressions) SELECT p, COUNT(1) AS n FROM m GROUP BY p

-- refused: LAG OVER (…) must be partitioned by the user, so that no user's value reaches another's row.
WITH m AS (SELECT campaign, LAG(postal_code) OVER (PARTITION BY campaign ORDER BY total_cost) AS p FROM dsp_impressions) SELECT p, COUNT(1) AS n FROM m GROUP BY p

-- refused: MAX OVER (…) must be partitioned by the user, so that no user's value reaches another's row.
WITH m AS (SELECT MAX(bid_price) OVER (PARTITION BY campaign) AS p FROM dsp_impressions) SELECT p, COUNT(1) AS n FROM m GROUP BY p

-- refused: LAG OVER (…) cannot stand beside GROUP BY: it would show groups that are removed. Use a WITH.
SELECT campaign, LAG(SUM(total_cost)) OVER (ORDER BY campaign) AS before, COUNT(DISTINCT user_id) AS n FROM dsp_impressions GROUP BY campaign

-- refused: SUM OVER (…) cannot stand beside GROUP BY: it would show groups that are removed. Use a WITH.
SELECT campaign, SUM(SUM(total_cost)) OVER (ORDER BY campaign) AS running FROM dsp_impressions GROUP BY campaign

-- harmless
SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions WHERE device_type = 'rare' GROUP BY campaign

-- harmless
SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE device_type = 'rare'

-- harmless
SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE campaign = 'solo'

-- harmless
SELECT SUM(impressions) AS n FROM dsp_impressions WHERE bid_price = 987.654

-- harmless
SELECT SUM(impressions) AS n FROM dsp_impressions WHERE bid_price > 900

-- harmless
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE impression_dt = TIMESTAMP '2024-01-07 07:07:07' GROUP BY campaign

-- harmless
SELECT impression_dt, COUNT(1) AS n FROM dsp_impressions GROUP BY impression_dt

-- shared
SELECT bid_price, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY bid_price

-- harmless
SELECT postal_code, device_type, COUNT(1) AS n FROM dsp_impressions GROUP BY postal_code, device_type

-- shared
SELECT postal_code, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY postal_code

-- shared
SELECT COUNT(1) AS n FROM dsp_impressions GROUP BY postal_code

-- shared
SELECT device_type, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY device_type

-- harmless
SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY campaign HAVING COUNT(DISTINCT user_id) < 2

-- harmless
SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY campaign HAVING SUM(total_cost) > 10000

-- harmless
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign HAVING COUNT(CASE WHEN device_type = 'rare' THEN 1 END) > 0

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions HAVING SUM(CASE WHEN device_type = 'rare' THEN total_cost END) > 12000

-- harmless
SELECT COUNT(DISTINCT user_id) AS reach, SUM(CASE WHEN device_type = 'rare' THEN total_cost ELSE 0 END) AS cost FROM dsp_impressions

-- harmless
SELECT COUNT(DISTINCT user_id) AS reach, AVG(CASE WHEN device_type = 'rare' THEN total_cost END) AS cost FROM dsp_impressions

-- harmless
SELECT COUNT(DISTINCT CASE WHEN device_type = 'rare' THEN user_id END) AS rare FROM dsp_impressions

-- harmless
SELECT COUNT(CASE WHEN device_type = 'rare' THEN 1 END) AS rare, COUNT(1) AS n FROM dsp_impressions

-- harmless
SELECT COUNT(1) FILTER (WHERE device_type = 'rare') AS rare, COUNT(1) AS n FROM dsp_impressions

-- harmless
SELECT SUM(total_cost) FILTER (WHERE campaign = 'solo') AS cost, COUNT(1) AS n FROM dsp_impressions

-- harmless
SELECT SUM(CASE WHEN device_type = 'rare' THEN 1000000 ELSE 1 END) AS n FROM dsp_impressions

-- harmless
SELECT SUM(IF(device_type = 'rare', 1000000, 1)) AS n FROM dsp_impressions

-- harmless
SELECT SUM(CAST(device_type = 'rare' AS INTEGER) * 1000000 + 1) AS n FROM dsp_impressions

-- harmless
SELECT SUM(NVL2(NULLIF(device_type, 'rare'), 1, 1000000)) AS n FROM dsp_impressions

-- harmless
SELECT MAX(CASE WHEN device_type = 'rare' THEN total_cost END) AS cost FROM dsp_impressions

-- harmless
SELECT COUNT(DISTINCT CASE WHEN device_type = 'rare' THEN bid_price END) AS n, COUNT(1) AS m FROM dsp_impressions

-- harmless
SELECT STDDEV(CASE WHEN device_type = 'rare' THEN total_cost END) AS n, COUNT(1) AS m FROM dsp_impressions

-- harmless
WITH r AS (SELECT SUM(CASE WHEN device_type = 'rare' THEN total_cost END) AS cost, COUNT(1) AS n FROM dsp_impressions) SELECT SUM(cost) AS cost, SUM(n) AS n FROM r

-- harmless
WITH r AS (SELECT campaign, SUM(CASE WHEN device_type = 'rare' THEN total_cost END) AS cost FROM dsp_impressions GROUP BY campaign) SELECT cost, SUM(cost) AS c FROM r GROUP BY cost

-- harmless
WITH r AS (SELECT campaign, SUM(CASE WHEN device_type = 'rare' THEN 1 ELSE 0 END) AS k, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign) SELECT SUM(n) AS n FROM r WHERE k > 0

-- harmless
WITH r AS (SELECT SUM(CASE WHEN device_type = 'rare' THEN 1 ELSE 0 END) AS k FROM dsp_impressions) SELECT t.campaign, COUNT(1) AS n FROM dsp_impressions AS t JOIN r ON r.k > 0 GROUP BY t.campaign

-- harmless
SELECT t.campaign, r.cost, COUNT(1) AS n FROM dsp_impressions AS t CROSS JOIN (SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE device_type = 'rare') AS r GROUP BY t.campaign, r.cost

-- harmless
SELECT r.cost, COUNT(DISTINCT t.user_id) AS n FROM dsp_impressions AS t JOIN (SELECT total_cost AS cost FROM dsp_impressions WHERE device_type = 'rare') AS r ON 1 = 1 GROUP BY r.cost

-- harmless
SELECT b.device_type, COUNT(DISTINCT a.user_id) AS n FROM dsp_impressions AS a, dsp_impressions AS b WHERE b.campaign = 'solo' GROUP BY b.device_type

-- shared
SELECT b.campaign, COUNT(DISTINCT a.user_id) AS n FROM dsp_impressions AS a JOIN dsp_impressions AS b ON a.total_cost <= b.total_cost GROUP BY b.campaign HAVING COUNT(1) > 5000

-- shared
SELECT b.campaign, SUM(b.total_cost) AS cost FROM dsp_impressions AS a JOIN dsp_impressions AS b ON a.user_id = b.user_id OR b.campaign = 'solo' GROUP BY b.campaign

-- harmless
SELECT a.campaign, COUNT(b.campaign) AS n FROM dsp_impressions AS a LEFT JOIN (SELECT user_id, campaign FROM dsp_impressions WHERE device_type = 'rare') AS b ON a.user_id = b.user_id GROUP BY a.campaign

-- refused: The optional side of a LEFT JOIN may not be filtered by a total over several users: a missing row would show it. Filter in the outer query, or group by the user.
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a LEFT JOIN (SELECT t.user_id FROM dsp_impressions AS t CROSS JOIN (SELECT COUNT(1) AS c FROM dsp_impressions WHERE campaign = 'tiny') AS r WHERE r.c > 2) AS b ON a.user_id = b.user_id WHERE b.user_id IS NULL GROUP BY a.campaign

-- refused: An aggregate cannot stand in WHERE or in a join condition. Write HAVING.
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a WHERE a.user_id NOT IN (SELECT t.user_id FROM dsp_impressions AS t CROSS JOIN (SELECT COUNT(1) AS c FROM dsp_impressions WHERE campaign = 'tiny') AS r WHERE r.c > 2) GROUP BY a.campaign

-- refused: The optional side of a LEFT JOIN may not be filtered by a total over several users: a missing row would show it. Filter in the outer query, or group by the user.
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a LEFT JOIN (SELECT campaign FROM dsp_impressions GROUP BY campaign HAVING COUNT(1) < 4) AS b ON a.campaign = b.campaign GROUP BY a.campaign

-- harmless
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE user_id IN (SELECT user_id FROM dsp_impressions WHERE device_type = 'rare') GROUP BY campaign

-- refused: IN (SELECT …) may test only the user's id against the ids of users. Join the tables instead.
SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE campaign IN (SELECT campaign FROM dsp_impressions WHERE bid_price > 900)

-- refused: The function EXISTS may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE EXISTS (SELECT 1 FROM dsp_clicks WHERE dsp_clicks.user_id = dsp_impressions.user_id)

-- refused: A subquery stands only in FROM, in a join and after IN. Join it instead.
SELECT campaign, (SELECT MAX(total_cost) FROM dsp_impressions) AS m, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign

-- refused: A subquery stands only in FROM, in a join and after IN. Join it instead.
SELECT SUM(total_cost) AS cost FROM dsp_impressions WHERE total_cost = (SELECT MAX(total_cost) FROM dsp_impressions)

-- refused: ANY may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE bid_price > ANY (SELECT bid_price FROM dsp_impressions) GROUP BY campaign

-- refused: LATERAL may not be used in a query here.
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a, LATERAL (SELECT a.user_id AS u) AS l GROUP BY a.campaign

-- shared
SELECT SUM(total_cost) AS a FROM dsp_impressions UNION ALL SELECT SUM(total_cost) FROM dsp_impressions WHERE device_type = 'rare'

-- shared
SELECT campaign AS x, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign UNION SELECT device_type, SUM(impressions) FROM dsp_impressions WHERE device_type = 'rare' GROUP BY device_type

-- harmless
SELECT SUM(a) AS a, SUM(b) AS b FROM (SELECT total_cost AS a, 0 AS b FROM dsp_impressions WHERE device_type = 'rare' UNION ALL SELECT 0, 1 FROM dsp_impressions) AS t

-- harmless
SELECT SUM(a) AS a FROM (SELECT total_cost AS a FROM dsp_impressions WHERE device_type = 'rare' UNION ALL SELECT 0 FROM dsp_impressions) AS t

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT campaign FROM dsp_impressions EXCEPT SELECT campaign FROM dsp_clicks

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT campaign FROM dsp_impressions INTERSECT SELECT campaign FROM dsp_clicks

-- harmless
SELECT DISTINCT campaign FROM dsp_impressions

-- harmless
SELECT DISTINCT postal_code FROM dsp_impressions

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT DISTINCT user_id FROM dsp_impressions

-- refused: DISTINCT ON may not be used in a query here.
SELECT DISTINCT ON (campaign) campaign, total_cost FROM dsp_impressions

-- refused: GROUPING SETS may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY GROUPING SETS ((campaign), ())

-- refused: ROLLUP may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY ROLLUP (campaign)

-- refused: CUBE may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY CUBE (campaign, device_type)

-- refused: GROUP BY ALL may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY ALL

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT campaign, total_cost, COUNT(1) OVER () AS n FROM dsp_impressions

-- refused: QUALIFY may not be used in a query here.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign QUALIFY ROW_NUMBER() OVER (ORDER BY SUM(total_cost) DESC) = 1

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT * FROM dsp_impressions

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT dsp_impressions.* FROM dsp_impressions

-- refused: * EXCEPT may not be used in a query here.
SELECT * EXCLUDE (user_id) FROM dsp_impressions

-- refused: A whole row as a value may not be used in a query here.
SELECT COUNT(d) AS n FROM dsp_impressions AS d

-- refused: A whole row as a value may not be used in a query here.
SELECT d AS whole, COUNT(1) AS n FROM dsp_impressions AS d GROUP BY d

-- refused: The function GROUP_CONCAT may not be used in a query here. Did you mean CONCAT?
SELECT STRING_AGG(device_type, ',') AS d FROM dsp_impressions

-- refused: The function GROUP_CONCAT may not be used in a query here. Did you mean CONCAT?
SELECT LISTAGG(user_id) AS d FROM dsp_impressions

-- refused: The function ARRAY_AGG may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT ARRAY_AGG(user_id) AS d FROM dsp_impressions

-- refused: The function COLLECT may not be used in a query here. Did you mean COALESCE?
SELECT COLLECT(device_type) AS d FROM dsp_impressions

-- refused: The function LIST may not be used in a query here. Did you mean LEAST?
SELECT LIST(device_type) AS d FROM dsp_impressions

-- refused: The function ANY_VALUE may not be used in a query here. Did you mean LAST_VALUE?
SELECT ANY_VALUE(device_type) AS d FROM dsp_impressions WHERE campaign = 'solo'

-- refused: The function FIRST may not be used in a query here. Did you mean FIRST_VALUE?
SELECT FIRST(device_type) AS d FROM dsp_impressions

-- refused: The function ARG_MAX may not be used in a query here. Did you mean MAX?
SELECT ARG_MAX(device_type, total_cost) AS d FROM dsp_impressions

-- refused: The function ARG_MAX may not be used in a query here. Did you mean MAX?
SELECT MAX_BY(device_type, total_cost) AS d FROM dsp_impressions

-- refused: The function MEDIAN may not be used in a query here. Did you mean MIN?
SELECT MEDIAN(bid_price) AS d FROM dsp_impressions

-- refused: The function QUANTILE_CONT may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT QUANTILE_CONT(bid_price, 1.0) AS d FROM dsp_impressions

-- refused: WITHINGROUP may not be used in a query here.
SELECT PERCENTILE_CONT(1.0) WITHIN GROUP (ORDER BY bid_price) AS d FROM dsp_impressions

-- refused: The function MODE may not be used in a query here. Did you mean MOD?
SELECT MODE(device_type) AS d FROM dsp_impressions

-- refused: The function HISTOGRAM may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT HISTOGRAM(bid_price) AS d FROM dsp_impressions

-- refused: The function BITWISE_XOR_AGG may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT BIT_XOR(impressions) AS d FROM dsp_impressions

-- refused: The function STRUCT may not be used in a query here. Did you mean TRUNC?
SELECT {'u': campaign} AS d, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: The function MAP may not be used in a query here. Did you mean MAX?
SELECT MAP([campaign], [1]) AS d, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: The function ROW may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT ROW(campaign, device_type) AS d, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: The function TRY may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT TRY(1) AS d FROM dsp_impressions

-- refused: The function ERROR may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT ERROR(user_id) AS d FROM dsp_impressions

-- refused: user_id may never be in the output, here as 'n'. Count it: COUNT(DISTINCT user_id).
SELECT SUM(CAST(user_id AS INTEGER)) AS n FROM dsp_impressions

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions WHERE CAST(device_type AS INTEGER) > 0

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions WHERE CAST(CAST(total_cost AS VARCHAR) || 'x' AS INTEGER) > 0

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions WHERE LN(impressions - 77) > 0

-- shared
SELECT SUM(1 / (impressions - 77)) AS n FROM dsp_impressions

-- shared
SELECT SUM(SQRT(76 - impressions)) AS n FROM dsp_impressions

-- shared
SELECT SUM(POWER(impressions, 400)) AS n FROM dsp_impressions

-- shared
SELECT SUM(impressions * 9223372036854775807) AS n FROM dsp_impressions

-- shared
SELECT TO_DATE(device_type, 'YYYY-MM-DD') AS d, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: TABLESAMPLE may not be used in a query here.
SELECT COUNT(1) AS n FROM dsp_impressions TABLESAMPLE (1 ROWS)

-- refused: LIMIT is not supported. Narrow the query with WHERE or HAVING.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign LIMIT 1

-- refused: ORDER BY is not supported outside OVER(). Sort the result after you have received it.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign ORDER BY SUM(total_cost)

-- refused: OFFSET may not be used in a query here.
SELECT COUNT(1) AS n FROM dsp_impressions LIMIT 1 OFFSET 1

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM read_csv('/etc/passwd')

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM read_csv_auto('/etc/passwd')

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM read_parquet('s3://other/x.parquet')

-- refused: '/etc/passwd' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT COUNT(1) AS n FROM '/etc/passwd'

-- refused: '/etc/passwd' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT COUNT(1) AS n FROM "/etc/passwd"

-- refused: Syntax error in line 1, column 35 near ')': Required keyword: 'this' missing for <class 'sqlglot.expressions.core.Glob'>
SELECT COUNT(1) AS n FROM glob('*')

-- refused: 'mapping_of_users' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT COUNT(1) AS n FROM mapping_of_users

-- refused: a database or a part of a column before a name may not be used in a query here.
SELECT COUNT(1) AS n FROM information_schema.tables

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM duckdb_tables()

-- refused: 'sqlite_master' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT COUNT(1) AS n FROM sqlite_master

-- refused: a database or a part of a column before a name may not be used in a query here.
SELECT COUNT(1) AS n FROM main.dsp_impressions

-- refused: The function UNNEST may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT COUNT(1) AS n FROM UNNEST([1, 2]) AS u

-- refused: The function UNNEST may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT COUNT(1) AS n FROM dsp_impressions, UNNEST(ARRAY['a']) AS u

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM range(10)

-- refused: The function GETENV may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT getenv('HOME') AS h, COUNT(1) AS n FROM dsp_impressions

-- refused: The function CURRENT_SETTING may not be used in a query here. Did you mean CURRENT_DATE?
SELECT current_setting('home_directory') AS h, COUNT(1) AS n FROM dsp_impressions

-- refused: The function CURRENT_VERSION may not be used in a query here. Did you mean CURRENT_DATE?
SELECT version() AS v, COUNT(1) AS n FROM dsp_impressions

-- refused: The function RAND may not be used in a query here. Did you mean RANK?
SELECT COUNT(1) AS n, RANDOM() AS r FROM dsp_impressions

-- refused: The function QUERY may not be used in a query here. Did you mean UPPER?
SELECT query('SELECT 1') AS q FROM dsp_impressions

-- refused: Only SELECT may run here, not COPY.
COPY dsp_impressions TO '/tmp/out.csv'

-- refused: Syntax error in line 1, column 22 near ''/tmp/other.db'': Invalid expression / Unexpected token
ATTACH '/tmp/other.db' AS other

-- refused: Only SELECT may run here, not PRAGMA.
PRAGMA database_list

-- refused: Only SELECT may run here, not SET.
SET enable_external_access = true

-- refused: Only SELECT may run here, not INSTALL.
INSTALL httpfs

-- refused: Only SELECT may run here, not INSERT.
INSERT INTO dsp_impressions SELECT * FROM dsp_impressions

-- refused: Only SELECT may run here, not UPDATE.
UPDATE dsp_impressions SET user_id = 'x'

-- refused: Only SELECT may run here, not DELETE.
DELETE FROM dsp_impressions

-- refused: Only SELECT may run here, not CREATE.
CREATE TABLE t AS SELECT * FROM dsp_impressions

-- refused: Only SELECT may run here, not EXPLAIN.
EXPLAIN SELECT COUNT(1) FROM dsp_impressions

-- refused: Only SELECT may run here, not DESCRIBE.
DESCRIBE dsp_impressions

-- refused: INTO may not be used in a query here.
SELECT COUNT(1) AS n INTO copy_of FROM dsp_impressions

-- refused: The text holds 2 statements; write one SELECT.
SELECT COUNT(1) AS n FROM dsp_impressions; SELECT user_id FROM dsp_impressions

-- refused: The text holds 2 statements; write one SELECT.
SELECT COUNT(1) AS n FROM dsp_impressions /* ; */ ; DROP TABLE dsp_impressions

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE /* user_id */ user_id = /* x */ 'u7' GROUP BY campaign

-- refused: There is no column 'us' in the tables of the query.
SELECT us/**/er_id FROM dsp_impressions

-- refused: The name 'ｕｓｅｒ_id' holds characters that look like others. Write plain letters.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE ｕｓｅｒ_id = 'u7'

-- refused: The name 'dsp_impreſsions' holds characters that look like others. Write plain letters.
SELECT COUNT(1) AS n FROM dsp_impreſsions

-- refused: WITH 'dsp_impressions' hides the table of that name. Choose another name.
WITH dsp_impressions AS (SELECT 'u7' AS user_id) SELECT COUNT(1) AS n FROM dsp_impressions

-- refused: WITH RECURSIVE may not be used in a query here.
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT COUNT(1) AS n FROM r

-- refused: WITH defines 't' twice. Give each part a name of its own.
WITH t AS (SELECT 1 AS n), t AS (SELECT 2 AS n) SELECT COUNT(1) AS n FROM t, dsp_impressions

-- refused: 'protected_users_0': names that begin with 'protected_' are kept for the clean room. Choose another.
SELECT protected_users_0 FROM dsp_impressions

-- refused: 'protected_users_0': names that begin with 'protected_' are kept for the clean room. Choose another.
SELECT campaign AS protected_users_0, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign

-- refused: NATURAL or ASOF may not be used in a query here.
SELECT COUNT(1) AS n FROM dsp_impressions NATURAL JOIN dsp_clicks

-- refused: RIGHT JOIN is not supported. Turn the tables round and write LEFT JOIN.
SELECT a.campaign, COUNT(1) AS n FROM dsp_clicks AS a RIGHT JOIN dsp_impressions AS b ON a.user_id = b.user_id GROUP BY a.campaign

-- refused: SEMI JOIN may not be used. Write INNER, LEFT, FULL or CROSS JOIN.
SELECT COUNT(1) AS n FROM dsp_impressions SEMI JOIN dsp_clicks USING (user_id)

-- refused: NATURAL or ASOF may not be used in a query here.
SELECT COUNT(1) AS n FROM dsp_impressions ASOF JOIN dsp_clicks ON impression_dt >= click_dt

-- refused: PIVOT may not be used in a query here.
SELECT COUNT(1) AS n FROM dsp_impressions PIVOT (SUM(impressions) FOR campaign IN ('solo'))

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT COUNT(1) AS n FROM CUSTOM_PARAMETER('campaign')

-- refused: A parameter is named by one text in quotation marks, or by :name.
SELECT CUSTOM_PARAMETER(campaign) AS c, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: The query uses the parameter 'unknown', which is not declared.
SELECT CUSTOM_PARAMETER('unknown') AS c, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: EXTEND_TIME_WINDOW('mapping_of_users', …): there is no table of that name in this collaboration.
SELECT COUNT(1) AS n FROM EXTEND_TIME_WINDOW('mapping_of_users', 'P1D', 'P1D')

-- refused: EXTEND_TIME_WINDOW('dsp_impressions', …): write durations such as 'P14D' or 'PT12H'.
SELECT COUNT(1) AS n FROM EXTEND_TIME_WINDOW('dsp_impressions', 'P1D; DROP', 'P1D')

-- refused: customer_user_id may never be in the output, here as 'customer_user_id'. Count it: COUNT(DISTINCT customer_user_id).
SELECT customer_user_id, COUNT(1) AS n FROM sample_event_data GROUP BY customer_user_id

-- shared
SELECT productid, COUNT(1) AS n FROM sample_event_data GROUP BY productid

-- harmless
SELECT SUM(totalcost) AS cost FROM sample_event_data WHERE productid = 'canary'

-- harmless
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a JOIN sample_event_data AS e ON a.user_id = e.user_id WHERE e.productid = 'canary' GROUP BY a.campaign

-- refused: customer_user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a JOIN sample_event_data AS e ON a.user_id = e.user_id WHERE e.customer_user_id = 'k7' GROUP BY a.campaign

-- harmless
SELECT a.device_type, COUNT(1) AS n, SUM(CASE WHEN e.eventtype = 'secret' THEN e.totalcost END) AS cost FROM dsp_impressions AS a JOIN sample_event_data AS e ON a.user_id = e.user_id GROUP BY a.device_type

-- harmless
SELECT a.campaign, COUNT(DISTINCT e.user_id) AS n FROM dsp_impressions AS a LEFT JOIN sample_event_data AS e ON a.user_id = e.user_id AND e.productid = 'canary' GROUP BY a.campaign

-- harmless
SELECT eventtype, SUM(totalcost) AS cost FROM sample_event_data WHERE user_id IS NULL GROUP BY eventtype

-- harmless
SELECT eventtime, SUM(totalcost) AS cost FROM sample_event_data GROUP BY eventtime

-- refused: MAX(totalcost) would show one user's value. Use it in a WITH that groups by the user.
SELECT MAX(totalcost) AS cost FROM sample_event_data

-- refused: 'mapping_of_users' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT m.sourceid, COUNT(1) AS n FROM sample_event_data AS e JOIN mapping_of_users AS m ON e.customer_user_id = m.sourceid GROUP BY m.sourceid

-- shared
SELECT SUM(1 / (bid_price - 987.654)) AS n FROM dsp_impressions

-- harmless
SELECT SUM(POWER(bid_price, 100)) AS n FROM dsp_impressions

-- harmless
SELECT AVG(POWER(bid_price, 50)) AS n, COUNT(1) AS m FROM dsp_impressions

-- harmless
SELECT SUM(bid_price * bid_price * bid_price * bid_price) AS n FROM dsp_impressions

-- harmless
SELECT SUM(EXP(bid_price)) AS n FROM dsp_impressions

-- harmless
WITH a AS (SELECT user_id, POWER(bid_price, 60) AS p FROM dsp_impressions) SELECT SUM(p) AS p FROM a

-- harmless
SELECT SUM(totalcost * totalcost) AS cost FROM sample_event_data

-- shared
SELECT SUM(bid_price) AS n FROM dsp_impressions WHERE device_type <> 'rare'

-- harmless
SELECT SUM(t.total_cost) AS c FROM dsp_impressions AS t LEFT JOIN (SELECT user_id FROM dsp_impressions WHERE bid_price = 987.654) AS r ON t.user_id = r.user_id WHERE r.user_id IS NULL

-- harmless
SELECT a.campaign, SUM(CASE WHEN r.user_id IS NULL THEN 0 ELSE a.total_cost END) AS c FROM dsp_impressions AS a LEFT JOIN (SELECT user_id FROM dsp_impressions WHERE bid_price = 987.654) AS r ON a.user_id = r.user_id GROUP BY a.campaign

-- harmless
WITH s AS (SELECT user_id, SUM(total_cost) AS c FROM dsp_impressions GROUP BY user_id) SELECT c, COUNT(1) AS n FROM s GROUP BY c

-- harmless
WITH s AS (SELECT user_id, MAX(bid_price) AS c FROM dsp_impressions GROUP BY user_id) SELECT c, COUNT(DISTINCT user_id) AS n FROM s GROUP BY c

-- harmless
WITH s AS (SELECT user_id, bid_price, ROW_NUMBER() OVER (ORDER BY total_cost DESC) AS r FROM dsp_impressions) SELECT r, SUM(bid_price) AS n FROM s GROUP BY r

-- harmless
WITH s AS (SELECT user_id, ROW_NUMBER() OVER (PARTITION BY device_type ORDER BY total_cost DESC) AS r FROM dsp_impressions) SELECT COUNT(DISTINCT user_id) AS n FROM s WHERE r = 1

-- shared
SELECT RANK() OVER (ORDER BY SUM(total_cost)) AS r, campaign, COUNT(DISTINCT user_id) AS n FROM dsp_impressions GROUP BY campaign

-- harmless
WITH t AS (SELECT campaign, COUNT(DISTINCT user_id) AS n FROM dsp_impressions GROUP BY campaign) SELECT SUM(n) AS n FROM t WHERE n = 1

-- shared
WITH t AS (SELECT campaign, COUNT(DISTINCT user_id) AS n, SUM(total_cost) AS c FROM dsp_impressions GROUP BY campaign) SELECT n, SUM(c) AS c FROM t GROUP BY n

-- shared
WITH t AS (SELECT device_type, postal_code, SUM(total_cost) AS c FROM dsp_impressions GROUP BY device_type, postal_code) SELECT c, COUNT(1) AS n FROM t GROUP BY c

-- harmless
WITH t AS (SELECT device_type, SUM(total_cost) AS c FROM dsp_impressions GROUP BY device_type) SELECT SUM(CASE WHEN device_type = 'rare' THEN c END) AS c FROM t

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT COUNT(1) AS n FROM dsp_impressions AS a JOIN dsp_impressions AS b ON a.bid_price = b.bid_price AND a.user_id <> b.user_id

-- harmless
SELECT a.campaign, COUNT(1) AS n FROM dsp_impressions AS a FULL JOIN (SELECT user_id, device_type FROM dsp_impressions WHERE device_type = 'rare') AS b ON a.user_id = b.user_id GROUP BY a.campaign

-- refused: The query must aggregate: its result has a row for each row of a table or each user. Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.
SELECT COALESCE(a.user_id, b.user_id) AS u, COUNT(1) AS n FROM dsp_impressions AS a FULL JOIN dsp_clicks AS b ON a.user_id = b.user_id GROUP BY 1

-- harmless
SELECT 1 AS one, COUNT(1) AS n FROM dsp_impressions WHERE campaign = 'solo' GROUP BY 1

-- harmless
SELECT 'x' AS one, SUM(total_cost) AS n FROM dsp_impressions WHERE campaign = 'solo' GROUP BY 'x'

-- shared
SELECT device_type || '-' || campaign AS k, COUNT(1) AS n FROM dsp_impressions GROUP BY device_type || '-' || campaign

-- shared
SELECT COUNT(DISTINCT bid_price) AS n FROM dsp_impressions

-- shared
SELECT CASE WHEN bid_price > 900 THEN 'high' ELSE 'low' END AS k, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- shared
SELECT SIGN(bid_price - 987.654) AS k, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- shared
SELECT SUM(SIGN(bid_price - 900)) AS k, COUNT(1) AS n FROM dsp_impressions

-- harmless
SELECT SUM(GREATEST(bid_price, 900)) AS k FROM dsp_impressions

-- harmless
SELECT SUM(bid_price > 900) AS k FROM dsp_impressions

-- harmless
SELECT COUNT(bid_price > 900 OR NULL) AS k FROM dsp_impressions

-- harmless
SELECT COUNT(DISTINCT bid_price > 900) AS k FROM dsp_impressions

-- shared
SELECT SUM(LENGTH(device_type)) AS k FROM dsp_impressions

-- harmless
SELECT APPROX_COUNT_DISTINCT(CASE WHEN device_type = 'rare' THEN user_id END) AS n FROM dsp_impressions

-- harmless
SELECT COUNT(user_id) AS n FROM dsp_impressions WHERE device_type = 'rare'

-- refused: SELECT * is not supported. Write the columns and aggregates that the result shall have.
SELECT t.campaign, COUNT(1) AS n FROM (SELECT * FROM dsp_impressions) AS t GROUP BY t.campaign

-- refused: ORDER BY and LIMIT stand only at the end of the whole query where users are counted.
SELECT COUNT(1) AS n FROM (SELECT campaign FROM dsp_impressions LIMIT 1) AS t

-- harmless
SELECT VARIANCE(bid_price) AS v, COUNT(1) AS n, AVG(bid_price) AS a FROM dsp_impressions WHERE campaign <> 'c0'

-- harmless
WITH g AS (SELECT campaign, COUNT(DISTINCT user_id) AS n, MAX(total_cost) AS m FROM dsp_impressions GROUP BY campaign) SELECT MAX(m) AS m FROM g WHERE n < 2

-- refused: MAX(bid_price) would show one user's value. Use it in a WITH that groups by the user.
SELECT LN(MAX(bid_price)) AS m FROM dsp_impressions

-- refused: MAX(bid_price) would show one user's value. Use it in a WITH that groups by the user.
WITH a AS (SELECT user_id, SUM(bid_price) AS s FROM dsp_impressions GROUP BY user_id) SELECT MAX(s) AS s FROM a

-- harmless
WITH a AS (SELECT user_id, SUM(bid_price) AS s FROM dsp_impressions GROUP BY user_id) SELECT s, COUNT(1) AS n FROM a GROUP BY s

-- harmless
WITH a AS (SELECT user_id, SUM(bid_price) AS s FROM dsp_impressions GROUP BY user_id) SELECT COUNT(1) AS n FROM a WHERE s > 900

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
WITH a AS (SELECT user_id, postal_code AS p FROM dsp_impressions), b AS (SELECT user_id, p || '' AS q FROM a) SELECT COUNT(1) AS n FROM b WHERE q = 'canary'

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
WITH a AS (SELECT user_id, CASE WHEN device_type = 'rare' THEN postal_code ELSE 'p1' END AS p FROM dsp_impressions) SELECT COUNT(1) AS n FROM dsp_impressions AS d JOIN a ON d.postal_code = a.p

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE COALESCE(NULL, postal_code) = 'canary'

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE (postal_code, campaign) IN (('canary', 'solo'))

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE IF(postal_code > 'b', 1, 0) = 1

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE postal_code IS NOT NULL AND NOT postal_code NOT LIKE 'can%'

-- harmless
SELECT SUM(LEAST(bid_price, 900)) AS k FROM dsp_impressions

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT COUNT(DISTINCT COALESCE(user_id, 'x')) AS n FROM dsp_impressions

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT COUNT(DISTINCT user_id || campaign) AS n FROM dsp_impressions

-- harmless
SELECT SUM(impressions) AS n FROM dsp_impressions WHERE CASE WHEN bid_price = 987.654 THEN impression_dt END > BUILT_IN_PARAMETER('TIME_WINDOW_START')

-- harmless
SELECT SUM(impressions) AS n FROM dsp_impressions WHERE impression_dt < BUILT_IN_PARAMETER('TIME_WINDOW_START') OR bid_price = 987.654

-- refused: The parts of a UNION must have the same number of columns.
SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign UNION ALL SELECT COUNT(1) FROM dsp_clicks

-- refused: The rows of VALUES must have the same number of values.
SELECT a FROM (VALUES (1, 2), (3)) AS t(a, b)

-- refused: The function SECONDS_BETWEEN takes two values, not 1.
SELECT SECONDS_BETWEEN(impression_dt) AS s, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: GROUP BY takes no aggregate and no window. Put it in a WITH and group by its column.
SELECT ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY impression_dt) AS r, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT COUNT(1) AS n FROM dsp_impressions WHERE (user_id, campaign) IN (SELECT user_id, campaign FROM dsp_clicks)

-- refused: '*' stands where it cannot be resolved.
SELECT COUNT(a.*) AS n FROM dsp_impressions AS a

-- refused: COLUMNDEF may not be used in a query here.
SELECT CAST(campaign AS STRUCT<a INT>) AS c, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- harmless
SELECT MAX(CASE WHEN campaign <= 'solo' THEN campaign END) AS m FROM dsp_impressions

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions HAVING MAX(CASE WHEN campaign <= 'solo' THEN campaign END) = 'solo'

-- harmless
SELECT MIN(CASE WHEN device_type >= 'r' AND device_type < 's' THEN device_type END) AS m FROM dsp_impressions

-- harmless
WITH d AS (SELECT campaign, SUM(total_cost) AS n FROM dsp_impressions GROUP BY campaign) SELECT MAX(n) AS n FROM d

-- harmless
WITH d AS (SELECT campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign) SELECT MIN(n) AS n FROM d

-- harmless
WITH d AS (SELECT postal_code, COUNT(1) AS n FROM dsp_impressions GROUP BY postal_code) SELECT MIN(n) AS n FROM d

-- harmless
WITH d AS (SELECT postal_code, MAX(total_cost) AS n FROM dsp_impressions GROUP BY postal_code) SELECT MAX(n) AS n FROM d

-- harmless
WITH d AS (SELECT campaign, device_type, SUM(total_cost) AS n FROM dsp_impressions GROUP BY campaign, device_type), e AS (SELECT device_type, MAX(n) AS n FROM d GROUP BY device_type) SELECT MAX(n) AS n FROM e

-- harmless
WITH d AS (SELECT user_id, SUM(total_cost) AS n FROM dsp_impressions GROUP BY user_id) SELECT MAX(n) AS n FROM d

-- harmless
SELECT MAX(b.k) AS n FROM dsp_impressions a JOIN (SELECT campaign, SUM(total_cost) AS k FROM dsp_impressions GROUP BY campaign) b ON a.campaign = b.campaign

-- harmless
SELECT k, MAX(n) AS n FROM (SELECT 'a' AS k, COUNT(1) AS n FROM dsp_impressions UNION ALL SELECT 'a', 1000000 * COUNT(1) FROM dsp_impressions WHERE campaign = 'solo') x GROUP BY k

-- refused: SUM(DISTINCT bid_price) would show a value that one user alone has. Use SUM(bid_price).
SELECT SUM(DISTINCT bid_price) AS n FROM dsp_impressions

-- refused: AVG(DISTINCT bid_price) would show a value that one user alone has. Use AVG(bid_price).
SELECT AVG(DISTINCT bid_price) AS n FROM dsp_impressions

-- refused: STDDEV(DISTINCT bid_price) would show a value that one user alone has. Use STDDEV(bid_price).
SELECT STDDEV(DISTINCT bid_price) AS n FROM dsp_impressions

-- refused: SUM(DISTINCT totalcost) would show a value that one user alone has. Use SUM(totalcost).
SELECT SUM(DISTINCT totalcost) AS n FROM sample_event_data

-- refused: SUM(DISTINCT bid_price) would show a value that one user alone has. Use SUM(bid_price).
SELECT SUM(DISTINCT FLOOR(bid_price)) AS n FROM dsp_impressions WHERE campaign = 'solo' OR campaign = 'c1'

-- refused: SUM(DISTINCT bid_price) would show a value that one user alone has. Use SUM(bid_price).
WITH d AS (SELECT campaign, SUM(bid_price) AS n FROM dsp_impressions GROUP BY campaign) SELECT SUM(DISTINCT n) AS n FROM d

-- refused: ROW_NUMBER OVER (…) must order by a column: else it numbers rows, and one can be picked by it.
WITH x AS (SELECT impressions, ROW_NUMBER() OVER () AS r FROM dsp_impressions) SELECT SUM(impressions) AS i FROM x WHERE r = 1

-- refused: ROW_NUMBER OVER (…) must order by a column: else it numbers rows, and one can be picked by it.
WITH x AS (SELECT impressions, ROW_NUMBER() OVER (ORDER BY 1) AS r FROM dsp_impressions) SELECT SUM(impressions) AS i FROM x WHERE r = 1

-- harmless
WITH x AS (SELECT impressions, total_cost, ROW_NUMBER() OVER (ORDER BY total_cost DESC) AS r FROM dsp_impressions) SELECT SUM(impressions) AS i, SUM(total_cost) AS c FROM x WHERE r = 1

-- harmless
WITH x AS (SELECT impressions, RANK() OVER (ORDER BY total_cost DESC) AS r FROM dsp_impressions) SELECT SUM(impressions) AS i FROM x WHERE r < 2

-- harmless
SELECT SUM(impressions) AS i, SUM(total_cost) AS c FROM dsp_impressions WHERE total_cost BETWEEN 12000 AND 13000

-- harmless
SELECT SUM(impressions) AS i FROM dsp_impressions HAVING SUM(total_cost) > 0 AND MIN(total_cost) > 12000

-- harmless
SELECT COUNT(1) AS n FROM dsp_impressions a CROSS JOIN (SELECT COUNT(1) AS k FROM dsp_impressions WHERE campaign = 'solo') b WHERE b.k > 0

-- harmless
SELECT COUNT(1) AS n, SUM(b.k) AS s FROM dsp_impressions a CROSS JOIN (SELECT COUNT(1) AS k FROM dsp_impressions WHERE campaign = 'solo') b

-- harmless
SELECT c.label, COUNT(1) AS n FROM campaign_names c FULL JOIN (SELECT campaign FROM dsp_impressions WHERE campaign = 'solo') x ON 1 = 0 GROUP BY c.label

-- harmless
SELECT v.a, COUNT(1) AS n FROM (VALUES (1), (2)) AS v(a) LEFT JOIN dsp_impressions x ON x.bid_price = 987.654 GROUP BY v.a

-- harmless
SELECT v.a, COUNT(1) AS n FROM (VALUES ('solo'), ('zz')) AS v(a) LEFT JOIN (SELECT DISTINCT campaign FROM dsp_impressions) x ON x.campaign = v.a WHERE x.campaign IS NULL GROUP BY v.a

-- harmless
SELECT v.a, CASE WHEN x.campaign IS NULL THEN 0 ELSE 1 END AS p, COUNT(1) AS n FROM (VALUES ('solo'), ('c1'), ('zz')) AS v(a) LEFT JOIN (SELECT DISTINCT campaign FROM dsp_impressions) x ON x.campaign = v.a GROUP BY 1, 2

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT COUNT(1) AS n FROM dsp_impressions a JOIN dsp_impressions b ON a.postal_code = b.postal_code AND a.user_id <> b.user_id

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT user_id FROM dsp_impressions WHERE user_id = 'u7'

-- harmless
SELECT user_id FROM dsp_impressions WHERE campaign = 'solo'

-- harmless
SELECT user_id FROM dsp_impressions WHERE campaign = 'solo' UNION ALL SELECT user_id FROM dsp_clicks

-- harmless
SELECT user_id FROM dsp_impressions WHERE campaign = 'solo' UNION SELECT user_id FROM dsp_clicks

-- harmless
SELECT COALESCE(a.user_id, b.user_id) AS user_id FROM (SELECT user_id FROM dsp_impressions WHERE campaign = 'solo') a FULL JOIN dsp_clicks b ON a.user_id = b.user_id

-- refused: postal_code is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.
SELECT user_id FROM dsp_impressions WHERE postal_code = 'canary'

-- harmless
SELECT user_id FROM dsp_impressions WHERE bid_price = 987.654

-- refused: IN (SELECT …) stands only in WHERE, by itself or joined to the rest with AND.
SELECT user_id FROM dsp_impressions WHERE bid_price = 987.654 OR user_id IN (SELECT user_id FROM dsp_clicks)

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT 'u7' AS user_id

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT 'u7' AS user_id UNION ALL SELECT user_id FROM dsp_impressions

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT v.user_id FROM (VALUES ('u7')) AS v(user_id)

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT CASE WHEN campaign = 'solo' THEN user_id END AS user_id FROM dsp_impressions

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT CONCAT(user_id, '') AS user_id FROM dsp_impressions

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT customer_user_id AS user_id FROM sample_event_data

-- refused: The user_id of an audience is the column of that name in a table, unchanged.
SELECT campaign AS user_id FROM dsp_impressions

-- refused: user_id may be counted, joined with an id of the same kind, grouped by or handed on, and nothing else.
SELECT MAX(user_id) AS user_id FROM dsp_impressions

-- refused: The query of an audience selects user_id and nothing else, as in: SELECT user_id FROM … WHERE ….
SELECT user_id, campaign FROM dsp_impressions

-- refused: The query of an audience selects user_id and nothing else, as in: SELECT user_id FROM … WHERE ….
SELECT * FROM dsp_impressions

-- refused: ORDER BY and LIMIT stand only at the end of the whole query where users are counted.
SELECT user_id FROM dsp_impressions ORDER BY total_cost DESC LIMIT 1

-- harmless
WITH x AS (SELECT user_id, ROW_NUMBER() OVER (ORDER BY total_cost DESC) AS r FROM dsp_impressions) SELECT user_id FROM x WHERE r = 1

-- refused: EXCEPT and INTERSECT cannot be used where users are counted. Write a join, or UNION ALL with GROUP BY.
SELECT user_id FROM dsp_impressions EXCEPT SELECT user_id FROM dsp_clicks

-- refused: The function EXISTS may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT user_id FROM dsp_impressions WHERE EXISTS (SELECT 1 FROM dsp_clicks)

-- refused: The text holds 2 statements; write one SELECT.
SELECT user_id FROM dsp_impressions; SELECT user_id FROM dsp_clicks

-- refused: A function cannot stand where a table stands. Name a table of the collaboration.
SELECT user_id FROM read_csv('/etc/passwd')

-- refused: 'mapping_of_users' is not a table of this collaboration. There are: campaign_names, conversions, dsp_clicks, dsp_impressions, sample_event_data.
SELECT user_id FROM mapping_of_users

-- harmless
SELECT a.user_id FROM dsp_impressions a CROSS JOIN (SELECT COUNT(1) AS k FROM dsp_impressions WHERE campaign = 'solo') b WHERE b.k > 0

-- harmless
SELECT user_id AS USER_ID FROM dsp_impressions GROUP BY user_id HAVING MAX(campaign) = 'solo'

-- refused: The name 'ｕser_id' holds characters that look like others. Write plain letters.
SELECT ｕser_id FROM dsp_impressions

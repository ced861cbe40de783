-- every row
SELECT advertiser, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY advertiser

-- every row
SELECT COUNT(1) AS n FROM dsp_impressions

-- every row
SELECT COUNT(*) AS n, COUNT(DISTINCT user_id) AS reach, SUM(impressions) AS impressions FROM dsp_impressions

-- without: campaign = 'solo'
SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY campaign

-- without: campaign = 'solo'
SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions GROUP BY 1

-- without: campaign = 'solo'
SELECT campaign, campaign_id, SUM(impressions) AS impressions, AVG(total_cost) AS cost FROM dsp_impressions GROUP BY campaign, campaign_id

-- without: device_type = 'rare'
SELECT device_type, COUNT(DISTINCT user_id) AS reach, MIN(campaign) AS first_campaign FROM dsp_impressions GROUP BY device_type

-- without: postal_code IN ('canary', 'q1')
SELECT postal_code, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY postal_code

-- without: area IN ('canary', 'q1')
SELECT postal_code AS area, SUM(impressions) AS n FROM dsp_impressions GROUP BY postal_code

-- without: area IN ('ca', 'p1')
SELECT SUBSTRING(postal_code, 1, 2) AS area, COUNT(1) AS n FROM dsp_impressions WHERE campaign <> 'c1' GROUP BY SUBSTRING(postal_code, 1, 2)

-- without: bid_price > 900
SELECT bid_price, COUNT(1) AS n FROM dsp_impressions GROUP BY bid_price

-- every row
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = 'c1' GROUP BY campaign

-- every row
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign IN ('c1', 'c2') AND advertiser LIKE 'a%' GROUP BY campaign

-- every row
SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE device_type = 'tv' OR device_type = 'phone' AND campaign <> 'solo' GROUP BY campaign

-- every row
SELECT device_type, SUM(impressions) AS n FROM dsp_impressions WHERE bid_price BETWEEN 1 AND 4 GROUP BY device_type

-- every row
SELECT device_type, SUM(impressions) AS n FROM dsp_impressions WHERE NOT bid_price > 100 GROUP BY device_type

-- every row
SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY campaign HAVING COUNT(DISTINCT user_id) > 200

-- every row
SELECT campaign, SUM(total_cost) AS cost, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY campaign HAVING COUNT(DISTINCT user_id) >= 100

-- without: kind = 'rare'
SELECT UPPER(device_type) AS up, LOWER(device_type) AS kind, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1, 2

-- every row
SELECT CASE WHEN device_type = 'tv' THEN 'big' ELSE 'small' END AS screen, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY 1

-- every row
SELECT CASE device_type WHEN 'tv' THEN 'big' WHEN 'phone' THEN 'small' ELSE 'other' END AS screen, COUNT(1) AS n FROM dsp_impressions GROUP BY 1

-- every row
SELECT campaign, SUM(CASE WHEN device_type = 'tv' THEN impressions ELSE 0 END) AS tv FROM dsp_impressions WHERE campaign IN ('c0', 'c1') GROUP BY campaign

-- every row
SELECT COUNT(DISTINCT CASE WHEN device_type = 'tv' THEN user_id END) AS tv_users, COUNT(DISTINCT user_id) AS users FROM dsp_impressions

-- every row
SELECT COUNT(1) FILTER (WHERE campaign = 'c1') AS c1, COUNT(1) AS n FROM dsp_impressions

-- every row
SELECT DATE_TRUNC('month', impression_dt) AS month, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY 1

-- every row
SELECT EXTRACT(MONTH FROM impression_dt) AS month, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1

-- every row
SELECT CAST(DATE_TRUNC('month', impression_dt) AS DATE) AS day, COUNT(1) AS n FROM dsp_impressions WHERE campaign IN ('c0', 'c1', 'c2', 'c3') AND device_type <> 'rare' AND bid_price < 3 GROUP BY 1 HAVING COUNT(DISTINCT user_id) >= 100

-- every row
SELECT campaign, ROUND(SUM(total_cost) / COUNT(DISTINCT user_id), 2) AS cost_per_user FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY campaign

-- every row
SELECT campaign, SUM(total_cost) * 1000 / SUM(impressions) AS cpm FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY campaign

-- every row
SELECT COALESCE(campaign, 'none') AS c, COUNT(1) AS n FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY 1

-- every row
SELECT campaign || ' on ' || device_type AS place, COUNT(1) AS n FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY 1

-- every row
SELECT a.campaign, COUNT(DISTINCT a.user_id) AS users FROM dsp_impressions AS a INNER JOIN dsp_clicks AS b ON a.user_id = b.user_id WHERE a.campaign LIKE 'c%' GROUP BY a.campaign

-- every row
SELECT a.campaign, SUM(b.clicks) AS clicks FROM dsp_impressions AS a JOIN dsp_clicks AS b ON a.user_id = b.user_id AND a.campaign = b.campaign GROUP BY a.campaign

-- every row
SELECT COUNT(DISTINCT a.user_id) AS users FROM dsp_impressions a JOIN dsp_clicks b USING (user_id)

-- without: campaign = 'solo'
SELECT a.campaign, COUNT(DISTINCT b.user_id) AS clickers FROM dsp_impressions AS a LEFT JOIN dsp_clicks AS b ON a.user_id = b.user_id WHERE a.campaign <> 'tiny' GROUP BY a.campaign

-- every row
SELECT COUNT(DISTINCT a.user_id) AS seen, COUNT(DISTINCT b.user_id) AS clicked FROM dsp_impressions AS a FULL JOIN dsp_clicks AS b ON a.user_id = b.user_id

-- every row
SELECT n.label, COUNT(DISTINCT a.user_id) AS reach FROM dsp_impressions AS a JOIN campaign_names AS n ON a.campaign = n.campaign GROUP BY n.label

-- every row
SELECT n.label, SUM(a.impressions) AS n FROM dsp_impressions AS a LEFT JOIN campaign_names AS n ON a.campaign = n.campaign WHERE a.campaign LIKE 'c%' GROUP BY n.label

-- every row
SELECT v.name, COUNT(1) AS n FROM dsp_impressions AS a JOIN (VALUES ('c0', 'first'), ('c1', 'second')) AS v(campaign, name) ON a.campaign = v.campaign GROUP BY v.name

-- without: campaign = 'solo'
WITH t AS (SELECT campaign, user_id FROM dsp_impressions) SELECT campaign, COUNT(DISTINCT user_id) AS reach FROM t GROUP BY campaign

-- without: campaign = 'solo'
WITH t AS (SELECT campaign, user_id, SUM(impressions) AS s FROM dsp_impressions GROUP BY campaign, user_id) SELECT campaign, SUM(s) AS s, COUNT(DISTINCT user_id) AS reach FROM t GROUP BY campaign

-- without: campaign = 'solo'
SELECT campaign, AVG(s) AS frequency FROM (SELECT campaign, user_id, SUM(impressions) AS s FROM dsp_impressions GROUP BY campaign, user_id) AS t GROUP BY campaign

-- every row
WITH t AS (SELECT user_id, COUNT(1) AS k FROM dsp_impressions GROUP BY user_id) SELECT k, COUNT(1) AS users FROM t GROUP BY k HAVING COUNT(1) > 1

-- every row
WITH t AS (SELECT user_id, MIN(impression_dt) AS first_seen FROM dsp_impressions GROUP BY user_id) SELECT DATE_TRUNC('month', first_seen) AS month, COUNT(DISTINCT user_id) AS users FROM t GROUP BY 1

-- every row
WITH i AS (SELECT user_id, MIN(impression_dt) AS seen FROM dsp_impressions GROUP BY user_id), c AS (SELECT user_id, MIN(event_dt) AS bought FROM conversions GROUP BY user_id) SELECT COUNT(DISTINCT i.user_id) AS users, SUM(CASE WHEN c.bought >= i.seen THEN 1 ELSE 0 END) AS after_seeing FROM i LEFT JOIN c ON i.user_id = c.user_id

-- every row
WITH i AS (SELECT user_id, MIN(impression_dt) AS seen FROM dsp_impressions GROUP BY user_id), c AS (SELECT user_id, MIN(event_dt) AS bought FROM conversions GROUP BY user_id) SELECT COUNT(DISTINCT i.user_id) AS users FROM i JOIN c ON i.user_id = c.user_id WHERE SECONDS_BETWEEN(i.seen, c.bought) BETWEEN 0 AND 60 * 60 * 24 * 14

-- every row
WITH t AS (SELECT user_id, COUNT(DISTINCT campaign) AS campaigns FROM dsp_impressions GROUP BY user_id) SELECT COUNT(DISTINCT user_id) AS users, AVG(campaigns) AS campaigns FROM t

-- every row
WITH t AS (SELECT DISTINCT user_id, campaign FROM dsp_impressions WHERE campaign LIKE 'c%') SELECT campaign, COUNT(1) AS users FROM t GROUP BY campaign

-- every row
SELECT DISTINCT campaign FROM dsp_impressions WHERE campaign LIKE 'c%'

-- every row
WITH r AS (SELECT user_id, campaign, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY impression_dt, campaign) AS k FROM dsp_impressions) SELECT campaign, COUNT(DISTINCT user_id) AS first_touch FROM r WHERE k = 1 AND campaign LIKE 'c%' GROUP BY campaign

-- every row
WITH r AS (SELECT user_id, LAG(bid_price) OVER (PARTITION BY user_id ORDER BY impression_dt, bid_price) AS before, bid_price FROM dsp_impressions) SELECT COUNT(DISTINCT user_id) AS users FROM r WHERE bid_price = before

-- every row
WITH r AS (SELECT user_id, SUM(impressions) OVER (PARTITION BY user_id) AS s FROM dsp_impressions) SELECT COUNT(DISTINCT user_id) AS users FROM r WHERE s > 3

-- every row
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE user_id IN (SELECT user_id FROM dsp_clicks) AND campaign LIKE 'c%' GROUP BY campaign

-- every row
SELECT campaign, COUNT(DISTINCT user_id) AS n FROM dsp_impressions WHERE campaign LIKE 'c%' AND user_id NOT IN (SELECT user_id FROM conversions) GROUP BY campaign

-- every row
SELECT COUNT(DISTINCT user_id) AS n FROM dsp_impressions WHERE user_id IN (SELECT user_id FROM dsp_clicks WHERE campaign = 'c1')

-- every row
SELECT 'clicks' AS kind, COUNT(1) AS n FROM dsp_clicks UNION ALL SELECT 'impressions', COUNT(1) FROM dsp_impressions

-- every row
SELECT campaign, SUM(impressions) AS impressions, SUM(clicks) AS clicks FROM (SELECT campaign, impressions, 0 AS clicks, user_id FROM dsp_impressions UNION ALL SELECT campaign, 0, clicks, user_id FROM dsp_clicks) AS t WHERE campaign LIKE 'c%' GROUP BY campaign

-- every row
WITH t AS (SELECT user_id FROM dsp_clicks UNION SELECT user_id FROM conversions) SELECT COUNT(DISTINCT user_id) AS users, COUNT(1) AS n FROM t

-- every row
SELECT campaign, COUNT(1) AS n FROM dsp_clicks GROUP BY campaign UNION SELECT campaign, COUNT(1) FROM dsp_clicks GROUP BY campaign

-- every row
WITH totals AS (SELECT campaign, SUM(total_cost) AS cost, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY campaign) SELECT campaign, cost / reach AS per_user FROM totals

-- every row
WITH totals AS (SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions GROUP BY campaign), clicks AS (SELECT campaign, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY campaign) SELECT totals.campaign, totals.cost / clicks.clicks AS cost_per_click FROM totals JOIN clicks ON totals.campaign = clicks.campaign

-- every row
SELECT COUNT(DISTINCT user_id) AS users FROM dsp_impressions WHERE impression_dt >= BUILT_IN_PARAMETER('TIME_WINDOW_START') AND impression_dt < BUILT_IN_PARAMETER('TIME_WINDOW_END')

-- every row
SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE campaign = CUSTOM_PARAMETER('campaign') GROUP BY campaign

-- every row
SELECT campaign, SUM(total_cost) AS cost FROM dsp_impressions WHERE campaign <> 'solo' GROUP BY campaign HAVING COUNT(DISTINCT user_id) >= CUSTOM_PARAMETER('least')

-- every row
SELECT device_type, COUNT(1) AS n FROM dsp_impressions WHERE CONTAINED_IN(device_type, CUSTOM_PARAMETER('devices')) GROUP BY device_type

-- every row
SELECT device_type, COUNT(1) AS n FROM dsp_impressions WHERE device_type SIMILAR TO 't.*' GROUP BY device_type

-- every row
SELECT eventtype, COUNT(DISTINCT user_id) AS users, SUM(productquantity) AS units FROM sample_event_data WHERE eventtype <> 'secret' GROUP BY eventtype

-- without: eventtype = 'secret'
SELECT eventtype, COUNT(DISTINCT user_id) AS users FROM sample_event_data GROUP BY eventtype

-- without: productid = 'canary'
SELECT productid, SUM(totalcost) AS cost, COUNT(DISTINCT customer_user_id) AS customers FROM sample_event_data GROUP BY productid

-- every row
SELECT a.advertiser, COUNT(1) AS n FROM dsp_impressions AS a INNER JOIN sample_event_data AS c ON a.user_id = c.user_id GROUP BY 1

-- without: campaign IN ('solo', 'tiny')
SELECT a.campaign, COUNT(DISTINCT c.user_id) AS buyers FROM dsp_impressions AS a INNER JOIN sample_event_data AS c ON a.user_id = c.user_id GROUP BY a.campaign

-- without: campaign IN ('solo', 'tiny', 'c1')
SELECT a.campaign, COUNT(DISTINCT a.user_id) AS seen, COUNT(DISTINCT c.user_id) AS buyers FROM dsp_impressions AS a LEFT JOIN sample_event_data AS c ON a.user_id = c.user_id AND c.eventtype = 'purchase' GROUP BY a.campaign

-- every row
WITH buyers AS (SELECT user_id, SUM(productquantity) AS units FROM sample_event_data WHERE eventtype = 'purchase' GROUP BY user_id) SELECT i.device_type, COUNT(DISTINCT i.user_id) AS buyers, SUM(b.units) AS units FROM dsp_impressions AS i JOIN buyers AS b ON i.user_id = b.user_id WHERE i.device_type <> 'rare' GROUP BY i.device_type

-- every row
WITH buyers AS (SELECT user_id FROM sample_event_data WHERE eventtype = 'purchase' GROUP BY user_id) SELECT CASE WHEN b.user_id IS NOT NULL THEN 'buyer' ELSE 'other' END AS kind, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions AS i LEFT JOIN buyers AS b ON i.user_id = b.user_id GROUP BY 1

-- every row
SELECT DATE_TRUNC('month', eventtime) AS month, COUNT(DISTINCT user_id) AS users FROM sample_event_data WHERE eventtime >= BUILT_IN_PARAMETER('TIME_WINDOW_START') AND eventtime < BUILT_IN_PARAMETER('TIME_WINDOW_END') GROUP BY 1

-- every row
SELECT COUNT(DISTINCT user_id) AS mapped, COUNT(1) AS n FROM sample_event_data

-- every row
SELECT IF(eventtype = 'purchase', 'bought', 'looked') AS what, COUNT(DISTINCT user_id) AS users FROM sample_event_data WHERE eventtype <> 'secret' GROUP BY 1

-- every row
SELECT NVL(advertiser, 'none') AS a, SUM(POWER(impressions, 2)) AS squares, SQRT(SUM(impressions)) AS root, ABS(SUM(0 - impressions)) AS negated FROM dsp_impressions WHERE device_type <> 'rare' GROUP BY 1

-- every row
SELECT GREATEST(campaign, 'b') AS g, LENGTH(campaign) AS l, COUNT(1) AS n FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY 1, 2

-- every row
SELECT campaign, STDDEV(impressions) AS spread, COUNT(DISTINCT device_type) AS devices FROM dsp_impressions WHERE campaign LIKE 'c%' GROUP BY campaign

-- every row
SELECT A.Campaign, Count(Distinct A.User_Id) AS Reach FROM DSP_Impressions A WHERE A.campaign LIKE 'c%' GROUP BY A.Campaign

-- every row
SELECT a.campaign, COUNT(DISTINCT a.user_id) AS both FROM dsp_impressions AS a JOIN dsp_impressions AS b ON a.user_id = b.user_id AND a.device_type = b.device_type WHERE a.campaign LIKE 'c%' GROUP BY a.campaign

-- every row
SELECT a.campaign, COUNT(DISTINCT a.user_id) AS users FROM dsp_impressions AS a, dsp_clicks AS b WHERE a.user_id = b.user_id AND a.campaign LIKE 'c%' GROUP BY a.campaign

-- every row
WITH a AS (WITH b AS (SELECT campaign, user_id FROM dsp_clicks) SELECT campaign, user_id FROM b) SELECT campaign, COUNT(user_id) AS n FROM a GROUP BY campaign

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM mapping

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM mapping m LEFT JOIN provider p ON p.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p RIGHT JOIN mapping m ON p.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p FULL JOIN mapping m ON p.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p CROSS JOIN mapping m

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p, mapping m

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p, mapping m WHERE p.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id <> m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid OR 1 = 1

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid OR p.segment = 'x'

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON LOWER(p.id) = LOWER(m.sourceid)

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON m.sourceid = '7'

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid AND m.targetid = 't7'

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id >= m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM mapping a JOIN mapping b ON a.sourceid = b.sourceid

-- refused: 'sourceid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid WHERE m.sourceid = '7'

-- refused: 'sourceid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT m.sourceid, COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid GROUP BY m.sourceid

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT m.targetid AS t FROM provider p JOIN mapping m ON p.id = m.sourceid

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT COUNT(DISTINCT m.targetid) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid ORDER BY MAX(m.targetid)

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid GROUP BY p.segment HAVING MIN(m.targetid) = 't7'

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT CASE WHEN m.targetid = 't7' THEN 1 END AS x FROM provider p JOIN mapping m ON p.id = m.sourceid

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT ROW_NUMBER() OVER (ORDER BY m.targetid) AS r FROM provider p JOIN mapping m ON p.id = m.sourceid

-- refused: 'sourceid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT * FROM provider p JOIN mapping m ON p.id = m.sourceid

-- refused: 'targetid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
SELECT t FROM (SELECT m.targetid AS t FROM provider p JOIN mapping m ON p.id = m.sourceid) AS x

-- refused: 'sourceid' of the ID mapping table 'mapping' may stand only in a join condition. Its owner can allow it as a dimension column.
WITH x AS (SELECT m.sourceid AS s, p.segment FROM mapping m JOIN provider p ON p.id = m.sourceid) SELECT s FROM x

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
WITH x AS (SELECT COUNT(1) AS n FROM mapping) SELECT n FROM x

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p WHERE p.id IN (SELECT sourceid FROM mapping)

-- refused: The function EXISTS may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT COUNT(1) AS n FROM provider p WHERE EXISTS (SELECT 1 FROM mapping m WHERE m.sourceid = p.id)

-- refused: A name cannot be resolved: Cannot automatically join: id
SELECT COUNT(1) AS n FROM provider p JOIN mapping m USING (id)

-- refused: NATURAL or ASOF may not be used in a query here.
SELECT COUNT(1) AS n FROM provider p NATURAL JOIN mapping m

-- refused: SEMI JOIN may not be used. Write INNER, LEFT, FULL or CROSS JOIN.
SELECT COUNT(1) AS n FROM provider p LEFT SEMI JOIN mapping m ON p.id = m.sourceid

-- refused: ANTI JOIN may not be used. Write INNER, LEFT, FULL or CROSS JOIN.
SELECT COUNT(1) AS n FROM provider p LEFT ANTI JOIN mapping m ON p.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT sourceid FROM mapping UNION ALL SELECT id FROM provider

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM provider p JOIN mapping AS provider2 ON p.id = provider2.sourceid JOIN mapping m2 ON m2.sourceid = provider2.sourceid

-- refused: The function EXPLODE may not be used in a query here. Did you mean EXP?
SELECT explode(array(id)) AS i FROM provider

-- refused: The function ARRAY_AGG may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT collect_list(id) AS i FROM provider

-- refused: The function TRANSFORM may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT transform(array(id), x -> x) AS i FROM provider

-- refused: TABLESAMPLE may not be used in a query here.
SELECT count(*) FROM provider TABLESAMPLE (10 PERCENT)

-- refused: LATERAL may not be used in a query here.
SELECT * FROM provider LATERAL VIEW explode(array(1)) t AS x

-- refused: The function JAVA_METHOD may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT java_method('java.lang.System', 'getenv', 'HOME') AS h FROM provider

-- refused: The function REFLECT may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT reflect('java.lang.System', 'getenv', 'HOME') AS h FROM provider

-- refused: The function INPUT_FILE_NAME may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT input_file_name() AS f FROM provider

-- refused: a database or a part of a column before a name may not be used in a query here.
SELECT COUNT(1) AS n FROM parquet.`/etc/passwd`

-- refused: '/etc/passwd' is not a table of this collaboration. There are: consumer, mapping, provider.
SELECT COUNT(1) AS n FROM `/etc/passwd`

-- refused: a database or a part of a column before a name may not be used in a query here.
SELECT COUNT(1) AS n FROM default.provider

-- refused: a hint may not be used in a query here.
SELECT /*+ BROADCAST(provider) */ COUNT(1) AS n FROM provider

-- refused: The function ASSERT_TRUE may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT assert_true(id = '7') AS a FROM provider

-- refused: The function RAISE_ERROR may not be used in a query here. docs/reference/sql.md lists those that may.
SELECT raise_error(email) AS e FROM provider

-- refused: Only SELECT may run here, not CREATE.
CREATE TEMPORARY VIEW v AS SELECT * FROM provider

-- refused: Only SELECT may run here, not SHOW.
SHOW TABLES

-- refused: The text holds 2 statements; write one SELECT.
SELECT COUNT(1) AS n FROM provider; SELECT email FROM provider

-- refused: 'other_table' is not a table of this collaboration. There are: consumer, mapping, provider.
SELECT COUNT(1) AS n FROM other_table

-- refused: There is no column 'secret' in the tables of the query. Did you mean 'segment'?
SELECT secret FROM provider

-- refused: The query uses the parameter 'target', which is not declared.
SELECT COUNT(1) AS n FROM provider WHERE id = :target

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM (SELECT '7' AS id) x JOIN mapping m ON x.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
WITH g AS (SELECT id FROM provider UNION ALL SELECT '7') SELECT COUNT(1) AS n FROM g JOIN mapping m ON g.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
SELECT COUNT(1) AS n FROM (VALUES ('7')) AS x(id) JOIN mapping m ON x.id = m.sourceid

-- refused: The ID mapping table 'mapping' must be joined with a table on its inner side, by = on its ids: table [INNER | LEFT] JOIN mapping ON …, or mapping [INNER | RIGHT] JOIN table ON ….
WITH g AS (SELECT CONCAT(id, '') AS id FROM provider) SELECT COUNT(1) AS n FROM g JOIN mapping m ON g.id = m.sourceid

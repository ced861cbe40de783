"""SQL + analysis rules → protected SQL, or every refusal at once. Pure: values in, values out.

Read `protection.py` first: it holds the ordered tables of checks and rewrites. `grammar.py` says what may be written at
all.

**A protected query of Clean Rooms**::

    question = CleanRoomsQuestion(runner="111122223333", result_receivers=("111122223333",))
    protect(sql, tables, question=question, parameters={"day": "2024-01-01"})

`tables` are the collaboration's tables as `QueryTable`: the allowed columns, the owner's account, the analysis rule
(`analysis_rule_of(policy)` reads the wire's), the collaboration rule, and under `relation` the engine's name of the rows.
An ID mapping table is a `QueryTable` with an `IdMappingTableRule` and its two columns of ids. For a
template, `sql` is the template's text, `analysis_template_arn` its ARN and `parameters` of the question its declared
parameters.

**An execution of an AMC workflow**::

    window = TimeWindow(start, end)
    question = AmcQuestion(time_window=window, parameters=declared, filtered_metrics_discriminator_column="filtered")
    protect(sql, tables, question=question, parameters=values_of_the_execution)

Amazon's own tables come from `amazon_table(name, columns)`, or as `QueryTable` with every column's `Sensitivity`,
`user_column` and `time_column`. An advertiser's event table comes from `event_table(name, columns,
EventKey(mapping_relation=…))`: the query names only the event table and its `user_id`; the rewrite reads the event table's
relation and, on the inner side, the instance's one mapping table. The mapping table itself is not among `tables`.
Thresholds are `AmcQuestion.thresholds` (1, 2, 100 and 100 users by default).

**An audience of AMC**::

    protect_audience("SELECT user_id FROM …", tables, question=AmcQuestion(time_window=window))

gives two `ProtectedSql`: `size`, which is what a workflow would be told of the number of users, and `users`, their ids, for
nobody but the owner of those ids.

The answer is a `ProtectedSql`: `.sql()` is text for DuckDB, `.columns` the result's columns, `.relations` the engine's
tables to attach. An engine's error message is never to be shown: it can hold a value. Two things remain that no rule here
can hide, as in AMC itself: whether a metric of a large group is zero or belongs to too few
(`UserThresholds.zero_needs_users` hides it), and the difference of two large groups.
"""

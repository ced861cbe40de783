"""What `mandorla check` knows, one rule a file: the guide's sentence, and a function that gives findings.

Rules for data look at a table that an engine has attached; rules for payloads look at a file's text. The tables below are the
registry; `checking.py` goes through them.
"""

from mandorla.prepare.rules import declared_hashes, header_case, json_text, placeholders, row_limit, unique_ids, unreadable_rows

DATA_RULES = (header_case.findings, unreadable_rows.findings, unique_ids.findings, row_limit.findings, declared_hashes.findings)
TEXT_RULES = (json_text.findings, placeholders.findings)

"""The file preparation tool: identity files as people have them become data, schema mappings and Glue tables to upload.

`file_preparation.py` is the tool itself; it decides with `columns.py` (what becomes of each column), `layout.py` (which columns
go to which location) and `proposal.py` (a schema mapping, where none is given). Read `file_preparation.py` first.
"""

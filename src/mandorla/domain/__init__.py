"""The nouns, named as the APIs name them: frozen values without IO.

Nothing here opens a file, reads a clock or knows an engine. Read `schema_mapping.py` first, then `rules.py`.
"""

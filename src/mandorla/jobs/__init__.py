"""Work on whole tables, and work that survives a crash. `id_mapping.py` is one ID mapping from files to a mapping file."""

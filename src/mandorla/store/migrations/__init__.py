"""How the database's tables came to be what they are: one file a change, in `versions/`, which Alembic runs."""

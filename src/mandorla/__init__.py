"""mandorla: an open clean room for identity data.

Two parties hold tables about people; mandorla finds the people whom both know, and shows neither the other's records.
`mandorla.match(…)` does what the command of that name does and returns a typed result.
"""

from mandorla.jobs.file_matching import match as map_files

# The package has folders of these names too; loaded already, they do not take the names back.
match = map_files

__all__ = ["match"]

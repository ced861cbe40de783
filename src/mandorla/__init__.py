"""mandorla: an open clean room for identity data.

Two parties hold tables about people; mandorla finds the people whom both know, and shows neither the other's records.
`mandorla.prepare(…)`, `mandorla.check(…)` and `mandorla.match(…)` do what the commands of those names do, and return typed
results.
"""

from mandorla.jobs.file_matching import match as map_files
from mandorla.prepare.checking import check
from mandorla.prepare.file_preparation import prepare as prepare_files

# The package has folders of these names too; loaded already, they do not take the names back.
match = map_files
prepare = prepare_files

__all__ = ["check", "match", "prepare"]

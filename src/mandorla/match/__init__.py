"""Rules to a plan to pairs of ids, free of IO: the plan is named queries that any engine runs unchanged.

`keys.py` says what is compared, `compile.py` makes the plan, `explain.py` asks a finished plan why. Read `compile.py` first.
"""

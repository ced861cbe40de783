"""What `mandorla check` knows: a file has the guide's sentence and a function that gives findings; `registry.py` has all."""

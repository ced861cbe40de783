"""What each operation does: a folder an API, a file a resource, a function an operation.

A handler takes the call and the arguments of the service model under our names, and returns a record or a mapping with the
model's output members under our names. It speaks no HTTP: errors of `domain.errors` become the ones the model declares.
The folders stand in the order of the guide, and import only what stands before them. Read `call.py` first.
"""

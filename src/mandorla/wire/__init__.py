"""HTTP bytes to operation and arguments, and back: four protocols, read from the service models.

This folder knows no service and no server: it takes an `HttpRequest` and gives an `HttpResponse`. Nothing here may open a
file (but for the service models), read a clock or look up a secret by itself. botocore's clients are its judge, in the
tests; here only the models are used. Read `protocols.py` first, then `shapes.py`, then one protocol.
"""

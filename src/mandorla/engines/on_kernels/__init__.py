"""ID mapping and preparation at the machine's limit: Numba kernels over bytes in memory, without a Python object a row.

`mapper.py` and `preparing.py` tell the stories; `memory.py` is how kernels read bytes.
"""

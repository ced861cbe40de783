"""ID mapping at the machine's limit: Numba kernels over Arrow buffers, without a Python object a row.

`mapper.py` tells the story; `memory.py` is how kernels read bytes.
"""

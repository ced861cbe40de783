"""The bytes behind S3 and what is known of them: bytes lie in files that never change, everything else in the database.

First the bytes are settled on the disk (`contents.py`), then one transaction names them (`objects.py`, `uploads.py`). So what
was answered is whole, what was not is invisible, and whoever reads keeps the version that he found. Bytes that no row names
any more are removed later (`sweeping.py`). `listing.py` reads keys in pages, `assembly.py` makes an object of parts.
"""

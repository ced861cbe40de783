"""What outlives the process: the domain's records and jobs in a database, and the bytes behind S3 in files.

SQLAlchemy lives here and nowhere else. Nothing here knows a service: whoever asks brings the meaning. Read `database.py`
first, then `records.py`, then `job_queue.py`.
"""

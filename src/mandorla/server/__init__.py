"""Puts the parts together and listens. `app.py` creates everything, `chain.py` is the way of a request; read that first."""

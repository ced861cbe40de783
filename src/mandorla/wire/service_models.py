"""Finds and loads service models: botocore's, and ours, which are written in the same format and stand in `models/`."""

from functools import cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import ServiceModel

OUR_MODELS = Path(__file__).parent / "models"


@cache
def load_service_model(service_name: str, *, our_models: Path = OUR_MODELS) -> ServiceModel:
    """The newest service model of that name, loaded once in a process; ours win over botocore's.

    >>> load_service_model("entityresolution").signing_name
    'entityresolution'
    """
    # Each service gets a loader of its own: a client changes the paths in the model it holds, and must not change ours.
    loader = Loader(extra_search_paths=[str(our_models)])
    return ServiceModel(loader.load_service_model(service_name, "service-2"), service_name)

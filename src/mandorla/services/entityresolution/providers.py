"""Provider services: none is offered here, and the lists say so."""

from typing import Any

from mandorla.domain.errors import NotFoundError
from mandorla.services.call import Call, Operations


def list_provider_services(call: Call, *, next_token=None, max_results=None, provider_name=None) -> Any:
    """No provider."""
    return {"provider_service_summaries": [], "next_token": None}


def get_provider_service(call: Call, *, provider_name, provider_service_name) -> Any:
    """Whatever is asked for is not there."""
    raise NotFoundError(f"The provider service {provider_name}/{provider_service_name} is not offered here; none is.")


OPERATIONS: Operations = {
    "ListProviderServices": list_provider_services,
    "GetProviderService": get_provider_service,
}

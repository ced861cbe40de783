"""Advertiser data upload: not served, and on an instance with a collaboration it would delete nothing anyway."""

from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.services.amc.instances import find_instance
from mandorla.services.call import Call, Operations


def delete_data_set(call: Call, *, instance_id, data_set_id) -> Any:
    """Refused. The guide: this operation "will not delete any data sets from your collaboration instance"."""
    instance = find_instance(call, instance_id)
    if instance.collaboration_id:
        raise MandorlaError(
            f"The data set {data_set_id[:60]!r} was not deleted: on an instance with a collaboration this operation deletes "
            "nothing. Delete the configured table association with Clean Rooms instead."
        )
    raise MandorlaError("Advertiser data upload is not served here. Bring tables through Clean Rooms.")


OPERATIONS: Operations = {"DeleteDataSet": delete_data_set}

"""Names as the service models write them."""


def model_name(name: str) -> str:
    """A Python name as a service model writes it.

    >>> model_name("total_mapped_records")
    'totalMappedRecords'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

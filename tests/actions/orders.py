"""Orders of the demo shop, as the tests name them."""

from typing import Any

SHIPPED, PLACED, DELIVERED = "MF-204518", "MF-204519", "MF-204520"
MARTA, JOEL = "marta.kowalska@post.example", "joel.adeyemi@post.example"


def named(value: str) -> dict[str, Any]:
    """A message that gives this fact."""
    return {"entities": [{"entity": "order_number", "value": value}]}

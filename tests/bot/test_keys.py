"""Keys carry the partition of the conversation as hash tag."""

import pytest

from bot import keys
from bot.errors import BadRequest


def test_the_partition_is_the_hash_tag() -> None:
    assert keys.memory("c7-4fK2_x") == "baton:{p7}:bot:c7-4fK2_x"


@pytest.mark.parametrize("wrong", ["", "7-abc", "c-abc", "c7", "c7-", "c7-a b", "c7-a}b", "C7-abc", "c7-" + "x" * 65])
def test_other_ids_are_refused(wrong: str) -> None:
    with pytest.raises(BadRequest, match="conversation_id"):
        keys.memory(wrong)

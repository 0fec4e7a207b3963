"""The tasks of a message, each with its own order number."""

import pytest

from bot.several_tasks import AskedTask, tasks_in

WORDS = {"return": "start_return", "cancel": "cancel_order", "where is": "order_status", "broken": "complaint"}


def asked(text: str, *numbers: str, chosen: str = "cancel_order") -> list[AskedTask]:
    facts = [{"entity": "order_number", "value": f"MF-{number}", "start": text.index(number)} for number in numbers]

    def task_of(words: str) -> str | None:
        return next((task for word, task in WORDS.items() if words.startswith(word)), None)

    return tasks_in(text, chosen, facts, task_of)


@pytest.mark.parametrize("chosen", ["start_return", "cancel_order"])
def test_what_the_whole_is_taken_for_comes_first(chosen: str) -> None:
    found = asked("return my lamp and cancel my order", chosen=chosen)

    assert found[0].task == chosen
    assert {(task.task, task.text) for task in found} == {
        ("start_return", "return my lamp"),
        ("cancel_order", "cancel my order"),
    }


def test_but_what_names_its_order_comes_before_it() -> None:
    assert asked("return my lamp and also cancel order 204518", "204518", chosen="start_return") == [
        AskedTask("cancel_order", "cancel order 204518", "MF-204518"),
        AskedTask("start_return", "return my lamp", None),
    ]


def test_each_task_has_its_own_number() -> None:
    found = asked("cancel 204519, where is 204518?", "204519", "204518")

    assert [(task.task, task.order_number) for task in found] == [
        ("cancel_order", "MF-204519"),
        ("order_status", "MF-204518"),
    ]


@pytest.mark.parametrize(
    "text",
    ["return my lamp", "return my lamp and my chair", "return my lamp, it is broken", "return this and return that"],
)
def test_one_task_is_not_several(text: str) -> None:
    assert asked(text, chosen="start_return") == []


def test_who_asks_whether_they_may_beside_a_task_wants_to() -> None:
    found = asked("where is my order and can I return it?", chosen="faq")

    assert [(task.task, task.text) for task in found] == [
        ("order_status", "where is my order"),
        ("start_return", "can I return it?"),
    ]


def test_a_message_taken_for_something_else_is_not_several() -> None:
    assert asked("return my lamp and cancel my order", chosen="change_address") == []

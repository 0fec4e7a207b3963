"""What labelled dialogues teach the heads: each message to the head it speaks to, nothing after the handoff."""

from bot.handoff.dialogue_lessons import lessons_from
from bot.handoff.dialogues import Dialogue, DialogueTurn, Label
from bot.handoff.reasons import HandoffReason
from bot.handoff.signal import LIKE

HEADS = ("accepts_offer", "frustration", "not_helped", "sensitive_fraud", "sensitive_legal", "wish_for_person")


def dialogue(*said: tuple[str, HandoffReason | None, int]) -> Dialogue:
    turns = tuple(DialogueTurn("contact", text) for text, _, _ in said)
    labels = tuple(Label(turn, reason is not None, reason, tone) for turn, (_, reason, tone) in enumerate(said))
    return Dialogue("d", turns, labels, "kind")


def taught(one: Dialogue, head: str) -> set[tuple[str, bool, float]]:
    lessons = lessons_from([one], HEADS, lambda text: "sensitive_fraud", lambda text: "colleague?" in text)
    return {(item.text, item.yes, item.weight) for item in lessons.get(head, ())}


def test_the_message_of_the_handoff_is_a_yes_for_its_reason_and_a_no_for_the_others() -> None:
    one = dialogue(("where is it", None, 0), ("you are a joke", HandoffReason.FRUSTRATED, 3), ("bye", None, 0))
    like = LIKE[HandoffReason.FRUSTRATED].value
    assert taught(one, like) == {("where is it", False, 1.0), ("you are a joke", True, 1.0)}
    assert ("you are a joke", False, 1.0) in taught(one, LIKE[HandoffReason.NO_ANSWER].value)
    assert not any(text == "bye" for head in (*HEADS, like) for text, _, _ in taught(one, head))


def test_tone_is_learned_from_every_message_and_mild_is_half_a_yes() -> None:
    one = dialogue(("hm", None, 1), ("calm", None, 0), ("furious", HandoffReason.FRUSTRATED, 2))
    assert taught(one, "frustration") == {
        ("hm", True, 0.5), ("hm", False, 0.5), ("calm", False, 1.0), ("furious", True, 1.0)
    }  # fmt: skip


def test_a_reply_to_an_offer_is_no_wish_by_itself() -> None:
    wish = HandoffReason.ASKED_FOR_HUMAN

    def replied(bot: str, text: str, head: str = "wish_for_person") -> set[tuple[str, bool, float]]:
        turns = (DialogueTurn("bot", bot), DialogueTurn("contact", text))
        return taught(Dialogue("d", turns, (Label(1, True, wish, 0),), "kind"), head)

    assert replied("Shall I fetch a colleague?", "yes please") == set()
    assert replied("Shall I fetch a colleague?", "yes please", "accepts_offer") == {("yes please", True, 1.0)}
    assert replied("Shall I fetch a colleague?", "that would be very kind of you, thanks") == set()
    assert replied("Which lamp?", "agent") == {("agent", True, 1.0)}
    assert replied("Which lamp?", "agent", "accepts_offer") == set()
    assert replied("Our agents are in at nine.", "then I wait for one of them to take this over") != set()


def test_where_no_answer_helped_in_the_end_none_did_before() -> None:
    lost = dialogue(("is it oak", None, 0), ("the legs I mean", None, 0), ("hm", HandoffReason.NO_ANSWER, 0))
    found = dialogue(("is it oak", None, 0), ("and the legs", None, 0))
    assert taught(lost, "not_helped") == {("the legs I mean", True, 0.5), ("hm", True, 0.5)}
    assert taught(found, "not_helped") == {("and the legs", False, 0.5)}
    assert taught(dialogue(("hi", None, 0), ("you joke", HandoffReason.FRUSTRATED, 3)), "not_helped") == set()


def test_a_sensitive_message_teaches_its_own_topic_only() -> None:
    one = dialogue(("hello", None, 0), ("my card was stolen", HandoffReason.SENSITIVE_TOPIC, 0))
    assert taught(one, "sensitive_fraud") == {("hello", False, 1.0), ("my card was stolen", True, 1.0)}
    assert taught(one, "sensitive_legal") == {("hello", False, 1.0)}

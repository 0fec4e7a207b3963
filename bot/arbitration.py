"""A task or a question of the FAQ: both say how sure they are, and the likelier one is believed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.faq import FaqResult
from bot.intents import Guess

FAQ = "faq"
INFORM = "inform"
# Of these a person does not ask the FAQ: an answer about them is never what was wanted.
_ENTITY_ONLY_WORDS = 4


def arbitrate(guesses: Sequence[Guess], found: FaqResult | None, *, words_besides_facts: int, has_fact: bool) -> Guess:
    """The intent to act on.

    A message that is little more than a fact ("it's MF-204519") informs; what it is for, the conversation knows.
    A task must be likelier than the FAQ's best answer; what is neither is left to the FAQ, which can say that it
    does not know.
    """
    task = next((guess for guess in guesses if guess.name != FAQ), None)
    if task is None:
        return Guess(FAQ, found.best_probability if found else 0.0)
    if has_fact and words_besides_facts <= _ENTITY_ONLY_WORDS and task.confidence < 0.6:
        return Guess(INFORM, 1.0 - task.confidence)
    faq_share = sum(guess.confidence for guess in guesses if guess.name == FAQ)
    answer = faq_share * found.best_probability if found else faq_share
    if task.confidence >= max(answer, 0.5) or (task.confidence >= 0.35 and task.confidence > 1.5 * answer):
        return task
    return Guess(FAQ, round(max(answer, faq_share), 6))

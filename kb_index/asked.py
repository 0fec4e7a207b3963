"""What a message asks, in its conversation: several questions at once, or one that leans on the question before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb_index.calibration import CANDIDATES
from kb_index.decision import FaqDecision, Outcome, decide
from kb_index.encoder import Vectors
from kb_index.follow_up import leans_on_earlier, only_names, read_together
from kb_index.index import Index, Match
from kb_index.several_questions import questions_in

# Candidates of each of two readings; what is further down in one of them cannot come out on top.
WIDELY = 12
# An entry almost sure to be the earlier answer says little about the others: their shares are not blown up beyond this.
LEAST_LEFT = 0.05


@dataclass(frozen=True)
class Asked:
    """One question of a message: its words, the candidates (best first) and what to do with them."""

    text: str
    matches: tuple[Match, ...]
    decision: FaqDecision

    @property
    def answered_by(self) -> str | None:
        """The entry that answers it, if one does."""
        return self.decision.matches[0].entry_id if self.decision.outcome is Outcome.ANSWER else None


def ask(index: Index, text: str, vector: Vectors | None = None, earlier: str | None = None) -> Asked:
    """One question; `earlier` is the entry that the last answer came from, if the conversation has just had one.

    A message that is not answered by itself and leans on what came before is read a second time, together with the
    earlier question. The readings are taken as independent witnesses: an entry's probability is that at least one of
    them is right. The earlier answer itself is not given again because of the words of the earlier question, only where
    the new words alone ask for it rather than for anything else ("and to France?" after "do you deliver to Norway?"),
    or only name what its entry speaks of ("and in Bristol?" after "when is the shop in Leeds open?").
    """
    matches = index.search(text, CANDIDATES, vector)
    decision = decide(matches, index.policy)
    entry = index.entries.get(earlier or "")
    if entry is None or not leans_on_earlier(text):
        return Asked(text, tuple(matches[:CANDIDATES]), decision)
    named = only_names(text, (*entry.phrasings, entry.answer))
    if named or decision.outcome is not Outcome.ANSWER:
        asked_again = named or any(best.entry_id == entry.id for best in decide(matches[:1], index.policy).matches)
        alone = index.search(text, WIDELY, vector)
        together = index.search(read_together(entry.question, text), WIDELY)
        matches = joined(alone, together, None if asked_again else entry.id)
        decision = decide(matches[:CANDIDATES], index.policy)
    return Asked(text, tuple(matches[:CANDIDATES]), decision)


def ask_each(
    index: Index, text: str, earlier: str | None = None, is_task: Callable[[str], bool] = lambda words: False
) -> list[Asked]:
    """The questions of a message that asks several, at least one of them answered; empty where it asks one thing.

    It asks one thing, too, where the whole has an answer that none of its questions has. `is_task`: whether words ask
    for something to be done, which nothing in the index answers.
    """

    def stands_alone(words: str) -> bool:
        return ask(index, words).answered_by is not None or is_task(words)

    found = list(_apart(index, questions_in(text, stands_alone), earlier))
    answers = {asked.answered_by for asked in found} - {None}
    if len(found) < 2 or not answers:
        return []
    whole = ask(index, text, None, earlier).answered_by
    return found if whole is None or whole in answers else []


def joined(alone: Sequence[Match], together: Sequence[Match], earlier: str | None) -> list[Match]:
    """Two readings of one message as one list, best first; the second says nothing about the entry `earlier`."""
    share = sum(match.probability for match in together if match.entry_id == earlier)
    left = max(1 - share, LEAST_LEFT)
    second = {
        match.entry_id: replace(match, probability=min(match.probability / left, 1.0))
        for match in together
        if match.entry_id != earlier
    }
    first = {match.entry_id: match for match in alone}
    both = [_either(match, second.get(match.entry_id)) for match in alone]
    both += [match for entry_id, match in second.items() if entry_id not in first]
    return sorted(both, key=lambda match: -match.probability)


def _either(match: Match, other: Match | None) -> Match:
    if other is None:
        return match
    return replace(match, probability=1 - (1 - match.probability) * (1 - other.probability))


def _apart(index: Index, questions: Sequence[str], earlier: str | None) -> Iterator[Asked]:
    """Each question in the light of the one before it, each answer once."""
    given: set[str] = set()
    for question in questions:
        asked = ask(index, question, None, earlier)
        best = asked.matches[0].entry_id if asked.matches else None
        if best in given and asked.decision.outcome is not Outcome.ABSTAIN:
            continue
        if asked.answered_by:
            given.add(asked.answered_by)
        earlier = best or earlier
        yield asked

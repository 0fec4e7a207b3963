"""Rasa's RulePolicy, asked less: no pass over raw texts, only the states that rules reach back to, and only rules that
can fit the latest step are compared.

No rule of ours matches a text word for word. The predictions stay the same; tests/bot compares them.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

# The latest action and the latest intent of a state; None where a rule leaves it open.
Step = tuple[str | None, str | None]
Shelves = dict[Step, list[str]]


@dataclass(frozen=True, eq=False)
class _Sorted:
    """A set of rules, sorted when it had this size."""

    lookup: dict[str, str]
    size: int
    shelves: Shelves
    longest: int


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=True)
class IntentRulePolicy(RulePolicy):
    """Rules by intent, as in RulePolicy."""

    _sorted: tuple[_Sorted, ...] = ()

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input=False
        )
        return found

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        if not states:
            return set(lookup)
        action, intent = step_of(states[-1])
        shelves = self._shelved(lookup).shelves
        near = {key for step in {(action, intent), (action, None)} for key in shelves.get(step, ())}
        possible: set[str] = super()._get_possible_keys(dict.fromkeys(near, ""), states)
        return possible

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        # One more than the longest rule has: so many states never look like a whole rule.
        reach = 1 + max(self._shelved(lookup).longest for lookup in self.lookup.values() if isinstance(lookup, dict))
        states = latest_states(tracker, domain, reach)
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        return states

    def _shelved(self, lookup: dict[str, str]) -> _Sorted:
        """The rules by the step they end with; sorted again when training has changed the set."""
        for known in self._sorted:
            if known.lookup is lookup and known.size == len(lookup):
                return known
        shelves: Shelves = defaultdict(list)
        longest = 0
        for key in lookup:
            states = self._rule_key_to_state(key)
            shelves[step_of(states[-1])].append(key)
            longest = max(longest, len(states))
        made = _Sorted(lookup, len(lookup), shelves, longest)
        self._sorted = (*(known for known in self._sorted if known.lookup is not lookup), made)
        return made


def latest_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> list[State]:
    """The last `count` of `tracker.past_states(domain)`, without making the others."""
    events = tracker.applied_events()
    # Of the slots, those that states show.
    walker = copy.copy(tracker)
    walker.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items() if slot.has_features()}
    walker._reset()
    # Before each action there is a state. (By name: events are of an abstract class, which is slow to ask for.)
    actions = [place for place, event in enumerate(events) if event.type_name == ActionExecuted.type_name]
    states = []
    for start, end in pairwise((0, *actions[max(0, len(actions) + 1 - count) :], len(events))):
        for event in events[start:end]:
            if event.type_name != SlotSet.type_name or event.key in walker.slots:
                event.apply_to(walker)
        states.append(domain.get_active_state(walker))
    return states


def step_of(state: State) -> Step:
    """What a rule's or a conversation's latest state says for certain."""
    return (state.get("prev_action") or {}).get("action_name"), (state.get("user") or {}).get("intent")

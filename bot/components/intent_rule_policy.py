"""Rasa's RulePolicy, asked less: no pass over raw texts, and only rules that can fit the latest step are compared.

No rule of ours matches a text word for word. The predictions stay the same; tests/bot compares them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain, State
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
        shelves = self._shelved(lookup)
        near = {key for step in {(action, intent), (action, None)} for key in shelves.get(step, ())}
        possible: set[str] = super()._get_possible_keys(dict.fromkeys(near, ""), states)
        return possible

    def _shelved(self, lookup: dict[str, str]) -> Shelves:
        """The rules by the step they end with; sorted again when training has changed the set."""
        for known in self._sorted:
            if known.lookup is lookup and known.size == len(lookup):
                return known.shelves
        shelves: Shelves = defaultdict(list)
        for key in lookup:
            shelves[step_of(self._rule_key_to_state(key)[-1])].append(key)
        kept = [known for known in self._sorted if known.lookup is not lookup]
        self._sorted = (*kept, _Sorted(lookup, len(lookup), shelves))
        return shelves


def step_of(state: State) -> Step:
    """What a rule's or a conversation's latest state says for certain."""
    return (state.get("prev_action") or {}).get("action_name"), (state.get("user") or {}).get("intent")

"""The figures on dialogues whose right answer is known, and the shipped decision against a floor."""

import pytest

from bot.handoff.bot_replies import BotReplyReader
from bot.handoff.detector import DATA, Detector
from bot.handoff.dialogues import Dialogue, DialogueTurn, Label, read_dialogues
from bot.handoff.evaluation import Judgement, evaluate, figures, intervals, play
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import Player, VectorsOnly
from bot.handoff.weights import Costs, Weights
from kb_index.encoder import Encoder

from .conftest import FIXED_KEYS


def judgement(expected: int | None, got: int | None, late: int = 0) -> Judgement:
    reason = HandoffReason.FRUSTRATED
    return Judgement("d", "k", expected, reason if expected else None, got, reason if got else None, late)


def test_figures_by_hand() -> None:
    found = figures(
        [judgement(2, 2), judgement(2, 4, late=1), judgement(2, None), judgement(None, 2), judgement(None, None)]
    )
    assert found == {
        "recall": pytest.approx(2 / 3),
        "precision": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
        "false_handoff_rate": 0.5,
        "exact_turn_rate": 0.5,
        "mean_turns_late": 0.5,
    }


def test_intervals_hold_the_figure() -> None:
    judgements = [judgement(2, 2)] * 20 + [judgement(2, None)] * 5 + [judgement(None, None)] * 25
    low, high = intervals(judgements)["recall"]
    assert low < 0.8 < high


@pytest.fixture(scope="module")
def player(encoder: Encoder, detector: Detector) -> Player:
    return Player(VectorsOnly(encoder), encoder, BotReplyReader.load(), detector)


def test_evaluate_prints_the_fixed_keys_and_names_the_reason(player: Player, weights: Weights, costs: Costs) -> None:
    turns = (DialogueTurn("contact", "let me talk to a person"),)
    wish = Dialogue("a", turns, (Label(0, True, HandoffReason.ASKED_FOR_HUMAN, 0),), "wish")
    calm = Dialogue("b", (DialogueTurn("contact", "do you ship to Norway"),), (Label(0, False, None, 0),), "calm")
    result = evaluate(play([wish, calm], player), weights, costs)
    assert set(result) >= FIXED_KEYS
    assert (result["recall"], result["false_handoff_rate"]) == (1.0, 0.0)
    assert result["by_reason"]["asked_for_human"]["named_precision"] == 1.0
    assert result["by_kind"]["calm"]["handed_off"] == 0
    assert result["ablations"]["wish_for_person"]["recall"] == 0.0


def test_after_an_agent_spoke_the_earlier_anger_is_spent(player: Player) -> None:
    turns = (
        DialogueTurn("contact", "you are absolutely useless"),
        DialogueTurn("agent", "Sorry about that, I have sent a new lamp."),
        DialogueTurn("contact", "when do you open on Sunday"),
    )
    *_, last = player.steps(Dialogue("a", turns, (Label(2, False, None, 0),), "returned"))
    assert last.view.current() == ()


def test_the_shipped_weights_do_well_on_the_dialogues_they_were_fitted_on(
    player: Player, weights: Weights, costs: Costs
) -> None:
    result = evaluate(play(read_dialogues(DATA / "dialogues_fit.jsonl")[::6], player), weights, costs)
    assert result["recall"] >= 0.85
    assert result["false_handoff_rate"] <= 0.05
    assert result["exact_turn_rate"] >= 0.8

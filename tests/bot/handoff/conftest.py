"""The real encoder and the shipped detector, loaded once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.handoff.detector import Detector, load_detector
from bot.handoff.reasons import HandoffReason
from bot.handoff.replay import VectorsOnly
from bot.handoff.signal import SignalName
from bot.handoff.signals import read_signals
from bot.handoff.view import BotAction, BotActionKind, DialogueView, Exchange
from bot.handoff.weights import Costs, Weights, load_costs, load_weights
from kb_index.encoder import Encoder, load_encoder

Said = str | tuple[str, BotActionKind, str]
MakeView = Callable[..., DialogueView]

# What others read from `baton handoff eval --json`.
FIXED_KEYS = {
    "recall", "precision", "f1", "false_handoff_rate", "exact_turn_rate", "mean_turns_late",
    "by_reason", "by_kind", "frustration_auroc", "frustration_ap",
}  # fmt: skip

# For `make_view`: clear cases, one for each reason that is weighed.
CONVERSATIONS: dict[HandoffReason, tuple[Said, ...]] = {
    HandoffReason.FRUSTRATED: (
        "This is ridiculous, I have asked twice now!",
        ("where is my order", BotActionKind.ANSWERED, "Delivery takes 3 to 5 working days."),
        ("yes but where is MY order", BotActionKind.ANSWERED, "Delivery takes 3 to 5 working days."),
    ),
    HandoffReason.NO_ANSWER: (
        "that doesn't help either",
        ("what dye is in the throw", BotActionKind.ABSTAINED, "Sorry, I don't know that."),
        ("which dyes were used for the throw", BotActionKind.ABSTAINED, "I could not find anything about this."),
    ),
    HandoffReason.TOO_COMPLEX: (
        "Three problems: the chair came with a broken leg, you charged me twice for it, "
        "£89 on 3 May and £89 on 5 May, and the replacement went to my old address.",
    ),
    HandoffReason.ASKED_FOR_HUMAN: ("let me talk to a person please",),
    HandoffReason.SENSITIVE_TOPIC: ("my mother passed away last week and there is an order in her name",),
}


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session")
def detector() -> Detector:
    return load_detector()


@pytest.fixture(scope="session")
def weights() -> Weights:
    return load_weights()


@pytest.fixture(scope="session")
def costs() -> Costs:
    return load_costs()


@pytest.fixture(scope="session")
def make_view(encoder: Encoder) -> MakeView:
    """view("now") or view("now", ("asked before", kind, "the bot's words"), ...), oldest first."""

    reader = VectorsOnly(encoder)

    def make(now: str, *past: tuple[str, BotActionKind, str], payload: str | None = None, **facts: str) -> DialogueView:
        exchanges = tuple(
            Exchange(
                replace(reader.understand([text])[0], id=f"m{number}"),
                (BotAction(kind, reply, question="Return periods" if kind is BotActionKind.ANSWERED else None),),
                (reply,),
            )
            for number, (text, kind, reply) in enumerate(past)
        )
        message = replace(reader.understand([now])[0], id="now", payload=payload)
        return DialogueView(message, exchanges, facts)

    return make


def value(view: DialogueView, detector: Detector, name: SignalName) -> float:
    """A signal's value, 0 where it is not noticeable."""
    return next((signal.value for signal in read_signals(view, detector) if signal.name is name), 0.0)

"""The real encoder and the shipped detector, loaded once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.handoff.detector import Detector, load_detector
from bot.handoff.replay import VectorsOnly
from bot.handoff.view import BotAction, BotActionKind, DialogueView, Exchange
from bot.handoff.weights import Costs, Weights, load_costs, load_weights
from kb_index.encoder import Encoder, load_encoder

Said = str | tuple[str, BotActionKind, str]
MakeView = Callable[..., DialogueView]


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

"""The skills of the assistant, one a file. A skill is an action of Rasa's SDK that is given what it needs."""

from __future__ import annotations

from rasa_sdk import Action

from actions.shop.shop import Shop
from actions.skills.answer_faq import AnswerFaq
from actions.skills.cancel_order import AskCancelConfirmed, CancelOrder
from actions.skills.change_address import ChangeAddress
from actions.skills.complaint import Complaint
from actions.skills.did_not_help import DidNotHelp
from actions.skills.form_checks import every_form_check
from actions.skills.form_help import FormHelp
from actions.skills.hand_off import HandOff
from actions.skills.inform import Inform
from actions.skills.none_of_these import NoneOfThese
from actions.skills.not_understood import NotUnderstood
from actions.skills.order_status import TellOrderStatus
from actions.skills.start_return import AskReturnItem, StartReturn


def every_skill(shop: Shop) -> list[Action]:
    """All skills, ready to run."""
    return [
        AnswerFaq(),
        DidNotHelp(),
        NoneOfThese(),
        NotUnderstood(),
        FormHelp(),
        Inform(shop),
        Complaint(),
        TellOrderStatus(shop),
        AskReturnItem(shop),
        StartReturn(shop),
        AskCancelConfirmed(shop),
        CancelOrder(shop),
        ChangeAddress(shop),
        HandOff(),
        *every_form_check(shop),
    ]

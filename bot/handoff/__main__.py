"""`python -m bot.handoff`: the handoff's commands on their own, without Rasa."""

from bot.handoff.commands import handoff_app

if __name__ == "__main__":
    handoff_app()

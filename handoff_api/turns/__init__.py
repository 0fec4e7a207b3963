"""The bot's work: take a turn, ask the bot, commit what it decided."""

"""Telegram: a bot of your own, asked by long polling or calling our webhook. ``channel.py`` is the port."""

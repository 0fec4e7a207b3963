"""The Rasa side of Baton: components, policy, tracker store and the input channel of the bot contract."""

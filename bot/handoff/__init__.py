"""When to pass the conversation to a person: signals, the decision and its explanation. Pure Python, no Rasa.

How the parts meet::

    detector = load_detector()                      # examples turned into heads, patterns, word lists (data/handoff)
    signals = read_signals(view, detector)          # view: what was said and done in this conversation so far
    decision = decide(signals, load_weights(), load_costs())
"""

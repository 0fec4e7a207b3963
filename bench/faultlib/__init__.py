"""The fault harness: real processes, scripted customers and agents, seeded kills, and an audit of what was promised."""

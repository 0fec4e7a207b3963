"""Parts of bench/handoff: the baselines, the public sets and the report."""

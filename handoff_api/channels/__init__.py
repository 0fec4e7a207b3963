"""One file per way a customer reaches us."""

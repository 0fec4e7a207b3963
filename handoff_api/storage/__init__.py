"""Everything that touches Redis: keys, scripts and the stores built on them."""

"""The Redis server that Baton brings along: found, configured, locked to its folder and watched."""

"""Bugs that other bots died of, put into our own code one by one: the simulation must see each."""

"""Which way each undecided name is traded. Reading order: ``ways``, ``branch``, ``solve``."""

"""Loads into targets that `meltano.yml` does not have, each installed by itself."""

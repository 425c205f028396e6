"""What `make demo` runs: a whole load, from a service to a table, with nothing of the user's touched."""

"""The definition of the tap for MeltanoHub, and the script that writes it."""

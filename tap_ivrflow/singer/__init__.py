"""What this tap changes in the Singer SDK."""

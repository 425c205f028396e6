"""The JSON Schema of each stream, one file a stream, named after it."""

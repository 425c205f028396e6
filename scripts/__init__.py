"""The developers' programs: the demo, the documents, the locks of the plugins."""

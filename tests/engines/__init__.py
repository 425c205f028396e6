"""The examples in `docs/examples`, run on the engines that they are for."""

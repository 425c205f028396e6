"""The specification of the tap, run against a stand-in service over real HTTP."""

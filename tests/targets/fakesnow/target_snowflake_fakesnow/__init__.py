"""target-snowflake with a stand-in for Snowflake in its own process."""

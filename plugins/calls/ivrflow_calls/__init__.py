"""One HTML page of where calls go, drawn from the tables that the project's dbt models build."""

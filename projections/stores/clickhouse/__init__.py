"""Analysts' tables in ClickHouse."""

"""What statements may do in the embedded engine: its own users, grants and constraints.

The engine runs in our process, as the user that the market's files belong to. Its access control
is what keeps statements to the tables: no source outside, no engine that reads or writes one, and
only settings that are known to do neither.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from deploy.private_files import private_folder, write_private

ENGINES: Final = (
    *("MergeTree", "ReplacingMergeTree", "SummingMergeTree", "AggregatingMergeTree"),
    *("CollapsingMergeTree", "VersionedCollapsingMergeTree", "Memory", "Null"),
)
_ON_TABLES: Final = (
    "GRANT SHOW, SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW,"
    " CREATE TEMPORARY TABLE, DROP, TRUNCATE, OPTIMIZE, ALTER UPDATE, ALTER DELETE, ALTER COLUMN,"
    " ALTER INDEX, ALTER CONSTRAINT, ALTER TTL, ALTER ORDER BY ON *.*"
)
GRANTS: Final = (_ON_TABLES, *(f"GRANT TABLE ENGINE ON {engine}" for engine in ENGINES))
# Every other setting keeps the value that the engine starts with: templates and schemas of
# formats are read from files, dialects are other languages, and so on.
SETTINGS: Final = frozenset(
    {
        *(
            "readonly",
            "database",
            "log_comment",
            "log_queries",
            "session_timezone",
            "final",
            "extremes",
        ),
        *("limit", "offset", "join_use_nulls", "join_algorithm", "group_by_use_nulls"),
        *("max_block_size", "max_insert_block_size", "min_insert_block_size_rows"),
        *("max_threads", "max_insert_threads", "max_memory_usage", "max_execution_time"),
        *("max_result_rows", "max_result_bytes", "result_overflow_mode", "max_rows_to_read"),
        *("max_bytes_to_read", "read_overflow_mode", "timeout_overflow_mode"),
        *("max_partitions_per_insert_block", "max_query_size", "max_rows_to_group_by"),
        *("insert_deduplicate", "async_insert", "wait_for_async_insert", "mutations_sync"),
        *("alter_sync", "lightweight_deletes_sync", "optimize_throw_if_noop", "optimize_on_insert"),
        *("date_time_input_format", "date_time_output_format", "format_csv_delimiter"),
        *("cast_string_to_dynamic_use_inference", "aggregate_functions_null_for_empty"),
        *("input_format_skip_unknown_fields", "input_format_null_as_default"),
        *("output_format_json_quote_64bit_integers", "output_format_json_quote_decimals"),
        *("output_format_json_quote_denormals", "output_format_native_write_json_as_string"),
        *("output_format_decimal_trailing_zeros", "output_format_pretty_max_rows"),
        *("output_format_json_named_tuples_as_objects", "output_format_write_statistics"),
        *("use_query_cache", "enable_extended_results_for_datetime_functions"),
    }
)
# What is inserted as values is values: an expression in text or data is run by the engine, after
# the statement has been read for what it may do.
DATA_IS_DATA: Final = (
    "input_format_values_interpret_expressions",
    "input_format_values_deduce_templates_of_expressions",
)
# The engine opens its first database with all files of the machine in it (an overlay); statements
# run in others.
FIRST_DATABASE: Final = "_engine"


def write_access(folder: Path, settings: Iterable[str]) -> Path:
    """Write the engine's configuration for these names of settings; the file to start it with."""
    private_folder(folder)
    scratch = folder / "files"
    private_folder(scratch)
    users, configuration = folder / "users.xml", folder / "config.xml"
    fixed = "".join(f"<{name}><const/></{name}>" for name in sorted(set(settings) - SETTINGS))
    plain = "".join(f"<{name}>0</{name}>" for name in DATA_IS_DATA)
    grants = "".join(f"<query>{grant}</query>" for grant in GRANTS)
    write_private(
        users,
        f"<clickhouse><profiles><default>{plain}"
        f"<constraints>{fixed}</constraints></default></profiles><quotas><default/></quotas>"
        "<users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile>"
        f"<quota>default</quota><grants>{grants}</grants></default></users></clickhouse>",
    )
    write_private(
        configuration,
        f"<clickhouse><default_database>{FIRST_DATABASE}</default_database>"
        f"<users_config>{_text(users)}</users_config>"
        f"<user_files_path>{_text(scratch)}/</user_files_path>"
        f"<format_schema_path>{_text(scratch)}/</format_schema_path>"
        "<remote_url_allow_hosts><host>nowhere.invalid</host></remote_url_allow_hosts>"
        "<access_control_improvements>"
        "<table_engines_require_grant>true</table_engines_require_grant>"
        "</access_control_improvements></clickhouse>",
    )
    return configuration


def _text(path: Path) -> str:
    return escape(os.fspath(path))

"""Load the IVR flows every night in eight shards, each of them retried alone.

A worker needs the Meltano project in PROJECT and `meltano` on its PATH, in an environment apart from
Airflow's. Airflow holds the secrets, in the variable `ivr_flows_secret` (the list of tenants as JSON; a
variable with `secret` in its name is masked) and in the connection `warehouse` (PostgreSQL).
"""  # noqa: INP001 - a DAG is a file in a folder, not part of a package

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

PROJECT = "/srv/ivr-flows"
COUNT = 8
SHARDS = [f"{shard}/{COUNT}" for shard in range(1, COUNT + 1)]


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
)
def ivr_flows() -> None:
    """Map one task over the shards."""

    @task.bash(
        cwd=PROJECT,
        append_env=True,
        env={
            "MELTANO_ENVIRONMENT": "prod",
            "TAP_IVRFLOW_TENANTS": "{{ var.value.ivr_flows_secret }}",
            "TARGET_POSTGRES_HOST": "{{ conn.warehouse.host }}",
            "TARGET_POSTGRES_PORT": "{{ conn.warehouse.port }}",
            "TARGET_POSTGRES_USER": "{{ conn.warehouse.login }}",
            "TARGET_POSTGRES_PASSWORD": "{{ conn.warehouse.password }}",
            "TARGET_POSTGRES_DATABASE": "{{ conn.warehouse.schema }}",
        },
        retries=2,
        # A run that was killed outright counts as running for 5 minutes more.
        retry_delay=timedelta(minutes=6),
        max_active_tis_per_dagrun=4,
        do_xcom_push=False,
        map_index_template="{{ shard }}",
    )
    def load(shard: str) -> str:
        name = f"shard-{shard.replace('/', '-of-')}"
        # Runs side by side need a system folder each: see docs/scaling.md.
        return (
            f"TAP_IVRFLOW_TENANT_SHARD={shard} MELTANO_SYS_DIR_ROOT=.meltano/{name} "
            f"exec meltano run --state-id-suffix={name} tap-ivrflow target-postgres"
        )

    load.expand(shard=SHARDS)


ivr_flows()

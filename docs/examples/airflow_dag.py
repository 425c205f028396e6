"""Load the IVR flows in eight shards, each retried separately, then check the load and build the reports.

A worker needs the Meltano project in PROJECT and `meltano` on its PATH, in an environment apart from
Airflow's, and Airflow needs `apache-airflow-providers-postgres`. Airflow holds the secrets: a variable with
the list of tenants, masked because `secret` is in its name, and a connection to the PostgreSQL database.

    airflow variables set ivr_flows_secret '[{"name": "north", "app_key": "...", "app_secret": "..."}]'
    airflow connections add warehouse --conn-type postgres --conn-host db.example.com --conn-port 5432 \
        --conn-login loader --conn-password '...' --conn-schema warehouse

Last run on 2026-11-25 with apache-airflow 3.3.2, apache-airflow-providers-postgres 7.1.1, meltano 4.4.1,
meltanolabs-target-postgres 0.8.1 and dbt-postgres 1.11.0: by `airflow dags test`, without a scheduler.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.common.sql.operators.sql import SQLCheckOperator
from airflow.sdk import dag, task

PROJECT = "/srv/ivr-flows"
API_URL = "https://service.besclouds.com"
COUNT = 8
SHARDS = [f"{shard}/{COUNT}" for shard in range(1, COUNT + 1)]
RETRY_DELAY = timedelta(minutes=6)  # to Meltano, a killed run is active for 5 more minutes
BUILD = "meltano invoke dbt-postgres:build"

# Whether each list is complete: the check of docs/proof.md returns no rows.
PROOF = """
select count(*) = 0 from (
select e.tenant, e.stream, e.records as expected, count(distinct f.id) as found
from extractions e
left join ivr_flows f on f.tenant = e.tenant and f.extraction = e.extraction
where e.stream = 'ivr_flows'
group by e.tenant, e.stream, e.records
having count(distinct f.id) <> e.records
union all
select f.tenant, 'ivr_flows', null, count(distinct f.id)
from ivr_flows f
left join extractions e on e.tenant = f.tenant and e.stream = 'ivr_flows'
where e.tenant is null
group by f.tenant
) as incomplete
"""

WAREHOUSE = {
    "MELTANO_ENVIRONMENT": "prod",
    "TARGET_POSTGRES_HOST": "{{ conn.warehouse.host }}",
    "TARGET_POSTGRES_PORT": "{{ conn.warehouse.port or 5432 }}",
    "TARGET_POSTGRES_USER": "{{ conn.warehouse.login }}",
    "TARGET_POSTGRES_PASSWORD": "{{ conn.warehouse.password }}",
    "TARGET_POSTGRES_DATABASE": "{{ conn.warehouse.schema }}",
}


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
)
def ivr_flows() -> None:
    """Map one task over the shards, then check and build if all succeeded."""

    @task.bash(
        cwd=PROJECT,
        append_env=True,
        env={
            **WAREHOUSE,
            "TAP_IVRFLOW_API_URL": API_URL,
            "TAP_IVRFLOW_TENANTS": "{{ var.value.ivr_flows_secret }}",
        },
        retries=2,
        retry_delay=RETRY_DELAY,
        max_active_tis_per_dagrun=4,
        do_xcom_push=False,
        map_index_template="{{ shard }}",
    )
    def load(shard: str) -> str:
        name = f"shard-{shard.replace('/', '-of-')}"
        # Parallel runs need separate system folders: see docs/scaling.md.
        return (
            f"TAP_IVRFLOW_TENANT_SHARD={shard} MELTANO_SYS_DIR_ROOT=.meltano/{name} "
            f"exec meltano run --state-id-suffix={name} tap-ivrflow target-postgres"
        )

    prove = SQLCheckOperator(
        task_id="prove",
        conn_id="warehouse",
        hook_params={"options": "-c search_path=tap_ivrflow"},
        sql=PROOF,
    )

    @task.bash(cwd=PROJECT, append_env=True, env=WAREHOUSE, do_xcom_push=False)
    def build() -> str:
        return f"exec {BUILD}"

    load.expand(shard=SHARDS) >> prove >> build()


ivr_flows()

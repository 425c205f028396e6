"""Load the IVR flows every night in eight partitions, each retried separately.

Dagster needs the Meltano project in PROJECT and `meltano` on its PATH, in an environment apart from
Dagster's. Meltano reads the settings of the tap and of the target from the project's `.env`. How many
partitions run at a time is set in Dagster's own `dagster.yaml`:

    concurrency: {runs: {max_concurrent_runs: 4}}

`DAGSTER_HOME=/srv/dagster dagster dev -f dagster_assets.py` starts Dagster with its page, where the schedule
is turned on. DAGSTER_HOME is the folder of `dagster.yaml`. When all partitions were loaded,
`meltano invoke dbt-postgres:build` builds the answers.

Last run on 2026-11-25 with dagster 1.13.29, meltano 4.4.1 and meltanolabs-target-postgres 0.8.1.
"""

import os
import subprocess

import dagster as dg

PROJECT = "/srv/ivr-flows"
COUNT = 8
RETRY_DELAY = 6 * 60  # to Meltano, a killed run is active for 5 more minutes

shards = dg.StaticPartitionsDefinition([f"{shard}-of-{COUNT}" for shard in range(1, COUNT + 1)])


@dg.asset(partitions_def=shards, retry_policy=dg.RetryPolicy(max_retries=2, delay=RETRY_DELAY))
def ivr_flows(context: dg.AssetExecutionContext) -> None:
    """Load one shard of the tenants."""
    name = f"shard-{context.partition_key}"
    subprocess.run(
        ["meltano", "run", f"--state-id-suffix={name}", "tap-ivrflow", "target-postgres"],
        cwd=PROJECT,
        env={
            **os.environ,
            "MELTANO_ENVIRONMENT": "prod",
            "TAP_IVRFLOW_TENANT_SHARD": context.partition_key.replace("-of-", "/"),
            # Parallel runs need separate system folders: see docs/scaling.md.
            "MELTANO_SYS_DIR_ROOT": f".meltano/{name}",
        },
        check=True,
    )


load = dg.define_asset_job("load", selection=[ivr_flows])


@dg.schedule(job=load, cron_schedule="0 1 * * *")
def nightly() -> list[dg.RunRequest]:
    """Start a run for each shard. The run key differs between the shards of one night."""
    return [dg.RunRequest(run_key=shard, partition_key=shard) for shard in shards.get_partition_keys()]


defs = dg.Definitions(assets=[ivr_flows], jobs=[load], schedules=[nightly])

"""Five runs into one target, with what the service did before each: what the matrix is about."""

from __future__ import annotations

import datetime as dt
from copy import deepcopy
from dataclasses import dataclass

from simulator.server import Simulator
from tests.targets.destination import Destination, Loaded
from tests.targets.project import Finished
from tests.targets.service import Key, Tenants, as_served, flow, rows, tenants

GONE = {("south", 4), ("south", 10), ("east", 2)}
"""The flows that are removed before the third run."""


@dataclass(frozen=True)
class Step:
    """A run: what the service had, how the run ended, and what is in the target since."""

    served: Tenants
    done: Finished
    loaded: Loaded


@dataclass(frozen=True)
class Scenario:
    """The runs, in their order, into an empty place."""

    target: Destination
    began: dt.datetime
    """In UTC, as the times are that a target writes."""
    first: Step
    again: Step
    """The same flows, with a field that the tap does not know."""
    changed: Step
    """Flows were changed, added and removed."""
    half: Step
    """More of it, and one tenant of three fails."""
    good: Step
    """Nothing fails; one of the flows removed before is back."""


def play(target: Destination, service: Simulator) -> Scenario:
    """Let it happen."""
    began = dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)
    at_first = tenants()

    extended = deepcopy(at_first)
    for flows in extended.values():
        flows[0]["colour"] = "red"

    changed = deepcopy(at_first)
    for name, number in GONE:
        changed[name] = [each for each in changed[name] if each["id"] != number]
    changed["north"][0].update(description=None, isLoad=0, flowType=6, maxCallNum=30)
    changed["east"][0].update(description="no longer null", isLoad=1, flowType=2, accessCode="00")
    changed["south"].append(flow(40, "added"))

    later = deepcopy(changed)
    later["north"] = [flow(1, "later"), flow(3, "added later")]  # and 2 is gone
    later["south"][0].update(description="later")
    later["east"] = [*later["east"][1:], flow(2, "back again")]  # and 1 is gone

    def step(served: Tenants) -> Step:
        service.set_tenants(as_served(served))
        target.workplace.serves(service.url, as_served(served))
        return Step(served, target.load(), target.look())

    target.workplace.variables.update(
        TAP_IVRFLOW_EMIT_ACTIVATE_VERSION_MESSAGES=str(target.takes_versions).lower(),
        TAP_IVRFLOW_MAX_RETRIES="0",
    )
    steps = [step(served) for served in (at_first, extended, changed)]
    service.fault(call="ivr_flows", tenant="south", status=503, times=None)
    steps.append(step(later))
    service.clear_faults()
    steps.append(step(later))
    return Scenario(target, began, *steps)


def keys(served: Tenants) -> set[Key]:
    return set(rows(served))

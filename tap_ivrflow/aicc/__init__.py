"""A client of Huawei Cloud AICC / CEC that a script can use alone.

::

    client = Client("your app key", "your app secret")
    for flow in client.fetch(IVR_FLOWS):
        print(flow["id"], flow["description"])
"""

from tap_ivrflow.aicc.calls import (
    ACCESS_CODES,
    CALLED_ROUTES,
    IVR_FLOWS,
    SATISFACTION_CONFIG,
    SKILL_QUEUES,
    Call,
)
from tap_ivrflow.aicc.client import Client, Shared
from tap_ivrflow.aicc.errors import AuthenticationError, CallError, DeadHostError, RowError, ServiceError

__all__ = [
    "ACCESS_CODES",
    "CALLED_ROUTES",
    "IVR_FLOWS",
    "SATISFACTION_CONFIG",
    "SKILL_QUEUES",
    "AuthenticationError",
    "Call",
    "CallError",
    "Client",
    "DeadHostError",
    "RowError",
    "ServiceError",
    "Shared",
]

"""A client of the service (Huawei Cloud AICC / CEC) that a script can use alone."""

"""Singer tap for the IVR flows of Huawei Cloud AICC / CEC tenant spaces."""

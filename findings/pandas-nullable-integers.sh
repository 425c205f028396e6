#!/bin/sh
# `read_json(lines=True)` turns integers with a null among them into floats before it applies
# `dtype_backend` or `dtype={"id": "Int64"}`: the columns are "nullable", but two ids above 2^53 are
# one, and the asked-for Int64 is float64. One would expect the exact integers, as `engine="pyarrow"`
# gives.
#
# Versions: pandas 3.1.1, pyarrow 26.0.1, 28 November 2026
# Source: pandas/io/json/_json.py (JsonReader.read builds a numpy-backed frame, then converts it)
# Guess: the integers are exact with both nullable types.
set -eu
. "$(dirname "$0")/setup"
install pandas==3.1.1 pyarrow==26.0.1

python -W ignore - >seen <<'PYTHON'
import pandas

with open("calls.jsonl", "w") as file:
    file.write('{"id": null}\n{"id": 9223372036854775806}\n{"id": 9223372036854775807}\n')
for options in (
    {"dtype_backend": "numpy_nullable"},
    {"dtype_backend": "pyarrow"},
    {"dtype": {"id": "Int64"}},
    {"dtype_backend": "pyarrow", "engine": "pyarrow"},
):
    ids = pandas.read_json("calls.jsonl", lines=True, **options)["id"]
    print(options, ids.dtype, "distinct:", ids.nunique())
PYTHON

expect <<'SEEN'
{'dtype_backend': 'numpy_nullable'} Float64 distinct: 1
{'dtype_backend': 'pyarrow'} double[pyarrow] distinct: 1
{'dtype': {'id': 'Int64'}} float64 distinct: 1
{'dtype_backend': 'pyarrow', 'engine': 'pyarrow'} int64[pyarrow] distinct: 2
SEEN

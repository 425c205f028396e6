#!/bin/sh
# `read_json(lines=True)` makes numbers of JSON texts if all of them look like one to Python: "10_1" is
# 101, and with a null among them two 19-digit ids become one float. One would expect texts, which JSON tells
# from numbers, or at least no conversion that loses digits.
#
# Versions: pandas 3.1.1, 28 November 2026
# Source: pandas/io/json/_json.py (Parser._try_convert_data)
# Guess: "10_1" stays a text, and so do texts of digits with a null among them.
set -eu
. "$(dirname "$0")/setup"
install pandas==3.1.1

python - >seen <<'PYTHON'
import json

import pandas


def read(*codes, **options):
    with open("calls.jsonl", "w") as file:
        file.writelines(json.dumps({"code": code}) + "\n" for code in codes)
    column = pandas.read_json("calls.jsonl", lines=True, **options)["code"]
    print(column.dtype, column.tolist(), "distinct:", column.nunique())


read("10_1", "101")
read("10_1", "101", "*90")
read("1125397061153369092", "1125397061153369093", None)
read("1125397061153369092", "1125397061153369093", None, dtype=False)
PYTHON

expect <<'SEEN'
int64 [101, 101] distinct: 1
str ['10_1', '101', '*90'] distinct: 3
float64 [1.1253970611533691e+18, 1.1253970611533691e+18, nan] distinct: 1
str ['1125397061153369092', '1125397061153369093', nan] distinct: 2
SEEN

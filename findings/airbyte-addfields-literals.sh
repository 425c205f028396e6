#!/bin/sh
# `AddFields` of Airbyte's low-code CDK evaluates what its template renders as a Python literal: a text
# that is only copied becomes a number, and loses what Python reads as a comment. One would expect that
# copying a text gives the same text.
#
# Versions: airbyte-cdk 7.39.1, 28 November 2026
# Source: airbyte_cdk/sources/declarative/interpolation/jinja.py (JinjaInterpolation._literal_eval)
# Guess: "90#1" stays a text. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install airbyte-cdk==7.39.1

python -W ignore - >seen <<'PYTHON'
from airbyte_cdk.sources.declarative.transformations.add_fields import AddedFieldDefinition, AddFields

for value_type in (None, str):
    definition = AddedFieldDefinition(["copy"], "{{ record['code'] }}", value_type, parameters={})
    for code in ("90#1", "1_000", "0900500", "*90"):
        record = {"code": code}
        AddFields([definition], parameters={}).transform(record)
        print(record, value_type)
PYTHON

expect <<'SEEN'
{'code': '90#1', 'copy': 90} None
{'code': '1_000', 'copy': 1000} None
{'code': '0900500', 'copy': '0900500'} None
{'code': '*90', 'copy': '*90'} None
{'code': '90#1', 'copy': '90#1'} <class 'str'>
{'code': '1_000', 'copy': '1_000'} <class 'str'>
{'code': '0900500', 'copy': '0900500'} <class 'str'>
{'code': '*90', 'copy': '*90'} <class 'str'>
SEEN

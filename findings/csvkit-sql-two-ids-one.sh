#!/bin/sh
# `csvsql --query` reads integers exactly, as decimals, but puts them into SQLite as floats, so two
# neighbouring 19-digit ids are one in each GROUP BY, join and count. One would expect SQLite's own
# 64-bit integers, since `csvstat` and `csvsort` keep the same column exact.
#
# Versions: csvkit 2.2.0, agate-sql 0.7.3, 28 November 2026
# Source: agatesql/table.py (NUMBER_MAP: SQLite's type for decimals)
# Guess: the ids are exact in each tool except csvjson.
set -eu
. "$(dirname "$0")/setup"
install csvkit==2.2.0 agate-sql==0.7.3

printf '%s\n' id,code 1125397061153369092,a 1125397061153369093,b >calls.csv
{
    echo "csvstat: $(csvstat --columns=id --unique calls.csv)"
    echo "csvsort: $(csvsort calls.csv | cut -d, -f1 | sort -u | grep -c 112)"
    echo "csvsql: $(csvsql --query 'SELECT count(DISTINCT id) AS ids, id FROM calls' calls.csv | tail -n 1)"
} >seen

expect <<'SEEN'
csvstat: 2
csvsort: 2
csvsql: 1,1.1253970611533691e+18
SEEN

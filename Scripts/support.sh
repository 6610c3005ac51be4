# shellcheck shell=bash disable=SC2034  # read by `source`; not every script uses everything
# What the scripts share.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Every Swift file of the repository is one of these, or below it.
swift_paths=(Package.swift Sources Plugins Tests Examples Benchmarks/Package.swift Benchmarks/Sources)

# Colours are for a person at a terminal.
if [[ -t 1 && -z "${NO_COLOR:-}" && "${TERM:-dumb}" != dumb ]]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold="" dim="" green="" red="" plain=""
fi

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# The comment at the head of a script.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$1"; }

# Seconds as a person says them: "42 s", "3 min 5 s".
duration() {
    if (($1 < 60)); then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

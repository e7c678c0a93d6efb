#!/bin/sh
# Adds or removes an ACME challenge as shell clients do, which have no JSON parser: a reply is a line of text, cut with
# grep and sed. It finds the zone by its name in the list of all, and an rrset by its name and the "]" that ends its records.
# usage: shell-acme.sh add|remove URL KEY NAME VALUE
set -eu
action=$1 zones=$2/api/v1/servers/localhost/zones key=$3 name=$4 value=$5

call() { curl -s -X "$1" -H "X-API-Key: $key" "$zones$2" ${3:+--data "$3"}; }
flat() { tr -d '\r\n' | sed 's/" *: *\(["[{]\)/":\1/g'; }

# Finds the zone with the longest name.
list=$(call GET '' | flat)
zone=$name
until printf %s "$list" | grep -qF "\"name\":\"$zone.\""; do
  case $zone in *.*) zone=${zone#*.} ;; *) echo "no zone for $name" >&2; exit 1 ;; esac
done

# Reads the challenges that are there, a line each.
pattern=$(printf %s "$name" | sed 's/\./\\./g')
there=$(call GET "/$zone." | flat | grep -o "\"name\":\"$pattern\.\"[^]]*\]" |
  grep -o '"content":"\\"[^"]*\\""' | sed 's/^"content":"\\"//; s/\\""$//' | grep -vxF -e "$value" || true)

record() { printf '{"name": "%s.", "type": "TXT", "content": "\\"%s\\"", "disabled": false, "ttl": 60}' "$name" "$1"; }
records() { for one in "$@"; do printf '%s%s' "${comma-}" "$(record "$one")"; comma=,; done; }
patch() { call PATCH "/$zone." "{\"rrsets\": [{\"changetype\": \"$1\", \"name\": \"$name.\", \"type\": \"TXT\", \"ttl\": 60$2}]}"; }

case $action in
  add) patch REPLACE ", \"records\": [$(records $there "$value")]" ;;
  remove)
    patch DELETE ''
    if [ -n "$there" ]; then patch REPLACE ", \"records\": [$(records $there)]"; fi
    ;;
esac
call PUT "/$zone./notify"

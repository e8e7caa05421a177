"""What runs in a node: a question for a name, a watch over its namespaces, and the packet itself.

POSIX sh with the node's own tools; what belongs to the student comes as arguments and variables
and is never part of a script. Each leaves nothing behind: a watch ends when its input does, and its
programs, which have limits of their own, with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nexport PATH\nset -f\n"
MAX_PACKETS = 120
SNAP_BYTES = 192
BUFFER_KIB = 512
SECTION_BYTES = 24_576
WATCH_S = 12
SECTION_MARK = "= "
READY = b"ready\n"
# curl's, until a connection, and for all of it; ping's until an answer.
CONNECT_S = 2
REQUEST_S = 4
ANSWER_S = 2
NO_OUTSIDE = 3

# What the sender's own resolver says of a name.
ASK = f"""{PATH}
[ "$OUTSIDE" != yes ] || timeout -s KILL 5 outside true || exit {NO_OUTSIDE}
[ -n "$NAME" ] || exit 0
server=$(timeout -s KILL 1 head -c 4096 "$RESOLV" |
  awk '$1 == "nameserver" {{ print $2; exit }}')
echo "= server"
echo "$server"
echo "= dig"
nsenter "--net=$NAMESPACE" dig +tries=1 +time=2 +noall +comments +answer \\
  "@${{server:-127.0.0.1}}" "$NAME" A 2>&1
"""

# One packet, or one request.
SEND = f"""{PATH}
there() {{ nsenter "--net=$NAMESPACE" "$@"; }}
echo "= route"
there ip route get "$ADDRESS" 2>&1 | head -n 1
echo "= said"
case $PROBE in
  ping) there ping -c 1 -W {ANSWER_S} -s "$SIZE" "$ADDRESS" 2>&1 ;;
  http)
    there curl -q -gsS -o /dev/null -D - --noproxy '*' --connect-timeout {CONNECT_S} \\
      -m {REQUEST_S} --limit-rate 1M --local-port "$LOCAL" -H "Host: $HOST" \\
      "http://$ADDRESS:$PORT/" 2>&1
    ;;
esac
status=$?
echo
echo "= status"
echo "$status"
"""

# $1 is tcpdump's filter; then label=namespace of each place. Says "ready", waits for a line or the
# end of its input, and tells what was seen there meanwhile. Rules are told where counters have
# grown. tcpdump gets a moment for what has come and is not yet written.
WATCH = f"""{PATH}
umask 077
dir=$(mktemp -d) || exit 1
watching=''
trap 'kill $watching 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' TERM INT HUP
filter=$1
shift
rules() {{
  timeout -s KILL 3 nsenter "--net=$1" iptables-save -c 2>/dev/null |
    awk '/^\\*/ {{ table = substr($0, 2) }} /^[:[]/ {{ print table, $0 }}'
}}
section() {{
  echo "= $1 $2"
  head -c {SECTION_BYTES}
  echo
}}
for place; do
  label=${{place%%=*}} namespace=${{place#*=}}
  nsenter "--net=$namespace" timeout -s KILL {WATCH_S} tcpdump -i any -nn -tt -l -p \\
    --immediate-mode -s {SNAP_BYTES} -B {BUFFER_KIB} -c {MAX_PACKETS} "$filter" \\
    >"$dir/$label.packets" 2>"$dir/$label.said" </dev/null &
  watching="$watching $!"
  rules "$namespace" >"$dir/$label.before"
done
for place; do
  tries=0
  until grep -q "listening on" "$dir/${{place%%=*}}.said" || [ $((tries += 1)) -gt 100 ]; do
    sleep 0.02
  done
done
echo ready
read -r -t {WATCH_S} _
sleep 0.1
kill -INT $watching 2>/dev/null
wait $watching
watching=''
for place; do
  label=${{place%%=*}} namespace=${{place#*=}}
  rules "$namespace" >"$dir/$label.after"
  section "$label" packets <"$dir/$label.packets"
  section "$label" said <"$dir/$label.said"
  grep -Fxv -f "$dir/$label.after" "$dir/$label.before" | section "$label" before
  grep -Fxv -f "$dir/$label.before" "$dir/$label.after" | section "$label" after
  timeout -s KILL 2 nsenter "--net=$namespace" ip -j addr 2>/dev/null | section "$label" links
  [ "$label" = target ] || [ "$label" = source ] ||
    timeout -s KILL 2 nsenter "--net=$namespace" bridge fdb show 2>/dev/null | section "$label" fdb
  timeout -s KILL 2 nsenter "--net=$namespace" ss -Hltn 2>/dev/null | section "$label" listens
done
"""


def watch_command(filter_: str, places: Sequence[tuple[str, str]]) -> list[str]:
    arguments = [f"{label}={namespace}" for label, namespace in places]
    return ["sh", "-c", WATCH, "lens", filter_, *arguments]


def sections(said: str) -> Mapping[str, str]:
    """What stands under each mark; of one that comes twice, the first."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in said.split("\n"):
        if line.startswith(SECTION_MARK):
            lines = []
            found.setdefault(line.removeprefix(SECTION_MARK).strip(), lines)
        else:
            lines.append(line)
    return {name: "\n".join(rows).strip("\n") for name, rows in found.items()}

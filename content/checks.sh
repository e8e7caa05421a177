# Questions a check may ask about a node: sent in front of every check, they read and change nothing.
#
# POSIX sh; on a node: busybox ash, curl, jq, dig, iproute2, the docker CLI. None of these functions
# makes a container: a probe container would move `docker ps -l` under the student's fingers. Names
# are compared, because docker also takes the beginning of an id for one.
#
# Most ask the engine by curl. The docker CLI is a large program, which takes some 40 ms of a
# processor to begin; a check that asks a dozen questions would be late on a busy machine.

# saw SO NOT_SO FACT: tells whoever listens on descriptor 3 what a question is about: how it would be if
# it has to be so, how if it must not be so, and how it is.
saw() {
	{ printf 'slipway-saw\t%.200s\t%.200s\t%.200s\n' "$1" "$2" "$3" >&3; } 2>/dev/null || :
}

# asked PATH: what the engine's API answers; nothing, and a failure, where it has no such thing.
# -q and --noproxy, here and below: neither a .curlrc nor a proxy of the student's may answer instead.
asked() {
	curl -q -s -f -g --noproxy '*' --unix-socket /var/run/docker.sock "http://engine/$1"
}

# engine_answers: does the node's Docker engine answer? Without it there is nothing to look at.
# Asked by the CLI, which checks and the functions below use as well: it may be broken or gone.
engine_answers() {
	timeout -s KILL 2 docker version >/dev/null 2>&1
}

# inspected C FILTER [OPTION...]: what jq says about the container; fails where that is false or null.
inspected() (
	container=$1 filter=$2
	shift 2
	asked "containers/$container/json" |
		jq -er --arg container "/$container" "$@" "select(.Name == \$container) | $filter"
)

# exists C: is there a container with exactly this name, running or not?
exists() (
	there='there is none'
	[ -z "$(inspected "$1" .Id)" ] || there='there is one'
	saw "a container $1" "no container $1" "$there"
	[ "$there" = 'there is one' ]
)

# running C: is the container with exactly this name up?
running() (
	state=$(inspected "$1" .State.Status)
	saw "$1 running" "$1 not running" "$1 is ${state:-not there}"
	[ "$state" = running ]
)

# net N: is there a network with exactly this name?
net() (
	there='there is none'
	[ "$(asked "networks/$1" | jq -r .Name)" != "$1" ] || there='there is one'
	saw "a network $1" "no network $1" "$there"
	[ "$there" = 'there is one' ]
)

# netf N FMT: what a Go template says about the network, as in netf dev '{{.Driver}}'.
netf() (
	said=$(docker network inspect -f "{{.Name}}
$2" "$1" 2>/dev/null | awk -v name="$1" 'NR == 1 { found = $0 == name; next } found')
	saw '' '' "${said:+network $1: }${said:-there is no network $1}"
	[ -z "$said" ] || printf '%s\n' "$said"
)

# on_net C N: is the container up, and on network N?
on_net() (
	found=$(inspected "$1" '"\(.State.Running and (.NetworkSettings.Networks | has($net))) \(
		if .State.Running then .NetworkSettings.Networks | keys | "on \(join(", "))" else .State.Status end
	)"' --arg net "$2")
	found=${found:-false not there}
	saw "$1 on the network $2" "$1 not on the network $2" "$1 is ${found#* }"
	[ "${found%% *}" = true ]
)

# ip_on C N: the container's IPv4 address on network N; nothing if it has none there.
ip_on() (
	ip=$(inspected "$1" '.NetworkSettings.Networks[$net].IPAddress // empty' --arg net "$2")
	saw "$1 with an address on $2" "$1 without an address on $2" "$1 has ${ip:-no address} on $2"
	[ -z "$ip" ] || printf '%s\n' "$ip"
	[ -n "$ip" ]
)

# alias_on C N ALIAS: was the container given that alias on network N?
alias_on() (
	found=$(inspected "$1" '.NetworkSettings.Networks[$net].Aliases // [] |
		"\(index($alias) != null) \(if . == [] then "no alias" else join(", ") end)"' \
		--arg net "$2" --arg alias "$3")
	found=${found:-false no alias}
	saw "$1 with the alias $3 on $2" "$1 without the alias $3 on $2" "$1 has ${found#* } on $2"
	[ "${found%% *}" = true ]
)

# pid_of C: the process of this machine that is the container's first; nothing if it is not up.
pid_of() {
	inspected "$1" '.State.Pid | select(. > 0)'
}

# inns C CMD...: runs a program of this machine in the container's network.
inns() (
	pid=$(pid_of "$1") || exit 1
	shift
	exec nsenter -t "$pid" -n -- "$@"
)

# dns C NAME: the IPv4 addresses that the container's resolver gives for NAME, one a line, in order.
# (nslookup's exit status tells nothing, and /etc/hosts is not asked)
dns() (
	pid=$(pid_of "$1") || exit 1
	server=$(awk '$1 == "nameserver" { print $2; exit }' "/proc/$pid/root/etc/resolv.conf")
	found=$(nsenter -t "$pid" -n -- dig +short +tries=1 +time=1 "@${server:-127.0.0.11}" "$2" A 2>/dev/null |
		grep -E '^([0-9]+\.){3}[0-9]+$' | sort)
	so="an address for $2 when $1 asks" not_so="no address for $2 when $1 asks" asked="$1 asks for $2 and gets"
	# shellcheck disable=SC2086 - one word an address
	set -- $found
	saw "$so" "$not_so" "$asked ${*:-no address}"
	[ -z "$found" ] || printf '%s\n' "$found"
)

# published C: does any port of the container have a host port?
published() (
	ports=$(docker port "$1" 2>/dev/null | head -n 1)
	saw "a published port of $1" "no published port of $1" "${ports:-none is published}"
	[ -n "$ports" ]
)

# hports C PORT: every host port that leads to PORT (80 or 53/udp), in rising order, one a line.
hports() (
	case $2 in */*) port=$2 ;; *) port=$2/tcp ;; esac
	inspected "$1" '.NetworkSettings.Ports[$port] // [] | .[].HostPort' --arg port "$port" | sort -un
)

# hport C PORT: the first of them.
hport() (
	port=$(hports "$1" "$2" | head -n 1)
	saw "port $2 of $1 published" "port $2 of $1 not published" "${port:+port }${port:-nothing} of the node leads to it"
	[ -z "$port" ] || printf '%s\n' "$port"
)

# code URL [SECONDS]: the HTTP status, or 000 when there is no answer (default: within 2 seconds).
code() (
	status=$(curl -q -s -o /dev/null --noproxy '*' -m "${2:-2}" -w '%{http_code}' "$1")
	case $status in 000) said='nobody answers' ;; *) said="the answer is $status" ;; esac
	saw "an answer from $1" "no answer from $1" "$1: $said"
	printf %s "$status"
)

# outsiders_reach PORT: does the port accept a connection on an address other than loopback?
# Exit status 7 is "refused", 28 "too late"; whatever else curl says, somebody picked up.
outsiders_reach() (
	so="port $1 open to other machines" not_so="port $1 closed to other machines"
	for address in $(ip -o addr show scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
		case $address in *:*) address="[$address]" ;; esac
		status=0
		curl -q -s -o /dev/null --noproxy '*' -m 1 "http://$address:$1/" || status=$?
		case $status in 7 | 28) ;; *) saw "$so" "$not_so" "it is open to them" && exit 0 ;; esac
	done
	saw "$so" "$not_so" "it is closed to them"
	exit 1
)

# eventually SECONDS 'TEST': try TEST, a single-quoted string so that each try looks anew.
eventually() (
	end=$(($(date +%s) + $1))
	until eval "$2"; do
		[ "$(date +%s)" -lt "$end" ] || exit 1
		sleep 0.2
	done
)

# event SINCE FILTER...: has anything like it happened since then, as the engine remembers (its last
# 256 events)? A filter is one of `docker events`, as in event=die or network=dev; or an attribute of
# the event, as in exitCode=0; or command=REGEX, for what was given to `docker exec`.
# One event has to match them all. (--until 0s would leave out the second that has just begun)
event() (
	since=${1:-0}
	shift
	wanted=.
	for filter in "$@"; do
		shift
		key=${filter%%=*} value=${filter#*=}
		case $key in
		container | event | image | label | network | service | type | volume)
			set -- "$@" --filter "$filter" ;;
		command)
			value=$(printf %s "$value" | jq -Rs .)
			wanted="$wanted | select(.Action | capture(\"^exec_[a-z]+: (?<it>.*)\").it | test($value))" ;;
		*)
			value=$(printf %s "$value" | jq -Rs .)
			wanted="$wanted | select(.Actor.Attributes[\"$key\"] == $value)" ;;
		esac
	done
	docker events --since "$since" --until "$(jq -n now)" --format '{{json .}}' "$@" 2>/dev/null |
		jq -e "$wanted" >/dev/null
)

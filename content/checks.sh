# Questions a check may ask about a node: sent in front of every check, they read and change nothing.
#
# POSIX sh; on a node: busybox ash, curl, jq, iproute2, the docker CLI. None of these functions makes
# a container: a probe container would move `docker ps -l` under the student's fingers.

# exists C: is there a container with exactly this name, running or not?
# (docker itself also takes the beginning of an id for a name, hence the comparison)
exists() {
	[ "$(docker container inspect -f '{{.Name}}' "$1" 2>/dev/null)" = "/$1" ]
}

# running C: is the container with exactly this name up?
running() {
	[ "$(docker container inspect -f '{{.State.Status}} {{.Name}}' "$1" 2>/dev/null)" = "running /$1" ]
}

# net N: is there a network with exactly this name?
net() {
	[ "$(docker network inspect -f '{{.Name}}' "$1" 2>/dev/null)" = "$1" ]
}

# ip_on C N: the container's IPv4 address on network N; nothing if it has none there.
ip_on() {
	docker container inspect "$1" 2>/dev/null |
		jq -r --arg net "$2" '.[0].NetworkSettings.Networks[$net].IPAddress // empty'
}

# published C: does any port of the container have a host port?
published() {
	[ -n "$(docker port "$1" 2>/dev/null)" ]
}

# hports C PORT: every host port that leads to PORT (80 or 53/udp), in rising order, one a line.
# Lines end in 0.0.0.0:8080, :::8080 or [::]:8080, so only what follows the last colon counts.
hports() {
	docker port "$1" "$2" 2>/dev/null | sed 's/.*://' | sort -un
}

# hport C PORT: the first of them.
hport() {
	hports "$1" "$2" | head -n 1
}

# code URL [SECONDS]: the HTTP status, or 000 when there is no answer (default: within 2 seconds).
# -q and --noproxy: neither a .curlrc nor a proxy setting of the student's may answer instead.
code() {
	curl -q -s -o /dev/null --noproxy '*' -m "${2:-2}" -w '%{http_code}' "$1" || :
}

# outsiders_reach PORT: does the port accept a connection on an address other than loopback?
# Exit status 7 is "refused", 28 "too late"; whatever else curl says, somebody picked up.
outsiders_reach() (
	for address in $(ip -o addr show scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
		case $address in *:*) address="[$address]" ;; esac
		status=0
		curl -q -s -o /dev/null --noproxy '*' -m 1 "http://$address:$1/" || status=$?
		case $status in 7 | 28) ;; *) exit 0 ;; esac
	done
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

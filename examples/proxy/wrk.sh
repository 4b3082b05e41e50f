#!/usr/bin/env bash
# wrk loads the proxy, behind which are two nginx: no request may fail, both get their share, and nothing is left open. It
# needs wrk and nginx (nginx-light), and uses loopback only. It ends what it has started.
#
#	examples/proxy/wrk.sh [seconds]
set -euo pipefail
cd "$(dirname "$0")/../.."

nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || { echo "no nginx here: skipped"; exit 0; }
command -v wrk >/dev/null || { echo "no wrk here: skipped"; exit 0; }
dir=$(mktemp -d)
started=()
finish() {
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT

# nginx cannot listen on port 0 and say which one it got: addresses of their own keep them out of others' way.
one=127.31.41.1:18081 two=127.31.41.2:18081
for addr in "$one" "$two"; do
	home=$dir/$addr
	mkdir -p "$home"
	cat >"$home/nginx.conf" <<CONF
daemon off;
master_process off;
pid $home/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $home/a; proxy_temp_path $home/b; fastcgi_temp_path $home/c; uwsgi_temp_path $home/d; scgi_temp_path $home/e;
	server { listen $addr; location / { return 200 "hello from $addr\n"; } }
}
CONF
	"$nginx" -p "$home" -c "$home/nginx.conf" -e stderr &
	started+=($!)
done

go build -o "$dir/proxy" ./examples/proxy
"$dir/proxy" -listen 127.0.0.1:0 -metrics 127.0.0.1:0 "$one" "$two" >"$dir/out" &
started+=($!)

# until_ok waits for a command to succeed, as long as all that was started is there.
until_ok() {
	until "$@" >/dev/null 2>&1; do
		for pid in "${started[@]}"; do
			kill -0 "$pid" || { echo "a server has ended"; exit 1; }
		done
		sleep 0.05
	done
}
# get prints what there is at an address.
get() {
	exec 3<>"/dev/tcp/${1%:*}/${1#*:}" && printf 'GET %s HTTP/1.0\r\nHost: a\r\n\r\n' "$2" >&3 && cat <&3
	exec 3>&-
}
metric() { get "$metrics" /metrics | tr -d '\r' | sed -n "s/^proxy_$1 //p"; }
none_open() { [[ $(metric "backend_open{backend=\"$one\"}") == 0 && $(metric "backend_open{backend=\"$two\"}") == 0 ]]; }

until_ok grep -q 'metrics on' "$dir/out"
proxy=$(sed -n 's/^listening on //p' "$dir/out") metrics=$(sed -n 's/^metrics on //p' "$dir/out")
for addr in "$one" "$two" "$proxy"; do
	until_ok get "$addr" /
done

wrk -t 2 -c 100 --timeout 60s -d "${1:-3}" "http://$proxy/" | tee "$dir/wrk"
until_ok none_open
get "$metrics" /metrics | sed -n 's/^proxy_/  /p'
if grep -qE 'Socket errors|Non-2xx' "$dir/wrk" || [[ $(metric refused_total) != 0 ]]; then
	echo "requests have failed"
	exit 1
fi
for addr in "$one" "$two"; do
	n=$(metric "backend_connections_total{backend=\"$addr\"}")
	if ((n < 10)); then
		echo "$addr has had $n connections"
		exit 1
	fi
done

#!/bin/sh
# The units, users and configuration as `make install` leaves them, looked at by systemd's own tools. Needs no
# running systemd: a scratch root holds what the units refer to.
set -u

failed=0
exposure=6 # tenths, at most

check() { # NAME COMMAND...
	name=$1
	shift
	if "$@" >"$root/log" 2>&1; then
		echo "PASS $name"
	else
		echo "FAIL $name: $*"
		sed 's/^/    /' "$root/log"
		failed=$((failed + 1))
	fi
}

root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
dest=$root/dest prefix=/opt/news
unit=$dest$prefix/lib/systemd/system
conf=$dest/etc/newsdup/newsdup.conf

run_make() { # TARGET, into the scratch root
	make --no-print-directory "$1" DESTDIR="$dest" PREFIX=$prefix
}

check 'make install' run_make install
check 'ExecStart follows PREFIX' grep -qx "ExecStart=$prefix/bin/newsdupd" "$unit/newsdupd.service"
check 'no placeholder is left' sh -c "! grep -rq '@[A-Z]*@' '$unit'"
echo 'rate = 7' >"$conf"
check 'make install again' run_make install
check 'a changed configuration is kept' grep -qx 'rate = 7' "$conf"

# What the units need to be verified: the targets they name, and the programs they run.
mkdir -p "$dest/usr/lib/systemd" "$dest/bin"
[ -e "$dest$prefix/bin/newsdupd" ] || cp "$dest$prefix/bin/newsdup" "$dest$prefix/bin/newsdupd"
cp "$(command -v kill || echo /bin/kill)" "$dest/bin/" 2>/dev/null || cp /bin/true "$dest/bin/kill"
host_units=
for place in /usr/lib/systemd/system /lib/systemd/system; do
	[ -e "$place/sysinit.target" ] && host_units=$place && break
done

if ! command -v systemd-analyze >/dev/null; then
	echo 'skipped: no systemd-analyze'
elif [ -z "$host_units" ]; then
	echo 'skipped: no units of systemd itself on this machine'
else
	cp -R "$host_units" "$dest/usr/lib/systemd/"
	cp "$unit"/newsdupd.* "$dest/usr/lib/systemd/system/" # /opt is no place where systemd looks
	check 'the units are valid' systemd-analyze verify --man=no --root="$dest" newsdupd.service newsdupd.socket
	check 'nothing is said about them' test ! -s "$root/log"
	check "exposure is at most 0.$exposure" systemd-analyze security --offline=true --no-pager \
		--threshold=$exposure --root="$dest" newsdupd.service
	sed -n 's/.*\(Overall exposure.*\)/\1/p' "$root/log"
fi

if ! command -v systemd-sysusers >/dev/null; then
	echo 'skipped: no systemd-sysusers'
else
	: >"$dest/etc/passwd"
	: >"$dest/etc/group"
	check 'sysusers makes the user' systemd-sysusers --root="$dest" "$dest$prefix/lib/sysusers.d/newsdup.conf"
	check 'the user is there' grep -q '^newsdup:.*:/var/lib/newsdup:' "$dest/etc/passwd"
	check 'the group is there' grep -q '^newsdup:' "$dest/etc/group"
fi

check 'make uninstall' run_make uninstall
check 'a changed configuration survives' grep -qx 'rate = 7' "$conf"
cp systemd/newsdup.conf "$conf"
check 'make uninstall of an unchanged one' run_make uninstall
check 'the configuration is gone' test ! -e "$dest/etc/newsdup"
check 'nothing of ours is left' sh -c "! find '$dest$prefix' ! -type d | grep -v 'bin/newsdupd$'"

[ "$failed" -eq 0 ]

# shellcheck shell=bash
# What `setup` and `upgrade` have in common: steps in processes of their own, whose last complaint is the
# sentence that their Job ends with. The script that takes this in has set `script`.

readonly termination_log=${TERMINATION_LOG:-/dev/termination-log}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# A process of number 1 ends by a signal only where it says so itself. A container is asked to end by the image's signal,
# which is Apache's: SIGWINCH.
trap 'kill "${step:-}" 2>/dev/null; exit 143' TERM INT WINCH

say() {
	printf '%s: %s\n' "${script:?}" "$1"
}

# Leaves a line for whoever asked for the Job.
leave() {
	if [ -w "$termination_log" ]; then
		printf '%s\n' "$1" >"$termination_log"
	fi
}

# Ends the Job with a sentence, and with a code where it is not 1.
fail() {
	printf '%s\n' "$1" >&2
	leave "$1"
	exit "${2:-1}"
}

# The last thing that a command complained of.
complaint() {
	sed -e '/^[[:space:]]*$/d' "$work/complaints" | tail -n 1 | cut -c 1-300
}

# Runs a command, with its complaints kept for the log and for `complaint`. They are appended: PHP opens
# standard error a second time for its own log, and two writers at places of their own in one file
# overwrite each other's lines. In the background, so that a signal is heard at once.
attempt() {
	: >"$work/complaints"
	"$@" 2>>"$work/complaints" <&0 &
	step=$!
	wait "$step"
	local code=$?
	step=
	cat "$work/complaints" >&2
	return "$code"
}

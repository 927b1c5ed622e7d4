#!/usr/bin/env bash
# Takes one guard after the other out of a copy of the code, and expects the fault tests to notice.
# A file beside this script says what is taken out, and at which fault that shows: see mutate.py.
# Usage: run.sh FOLDER-OF-BINARIES [NAME...]
set -euo pipefail
binaries=$(cd "${1:?usage: run.sh FOLDER-OF-BINARIES [NAME...]}" && pwd)
shift
cd "$(dirname "$0")/../../../.."
mutate=(python3 runner/tests/faults/mutants/mutate.py)
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	mapfile -t names < <("${mutate[@]}" names)
fi

# A target folder of its own: what is built here must never be taken for the real thing.
target=$(dirname "$binaries")/mutants
copy=$target/copy
log=$target/log
survived=()
for name in "${names[@]}"; do
	rm -rf "$copy"
	mkdir -p "$copy"
	# As new files: cargo would take what an earlier mutant was made of for built.
	git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - |
		tar --extract --touch --directory "$copy"
	"${mutate[@]}" apply "$name" "$copy"
	fault=$("${mutate[@]}" fault "$name")
	scenario=$("${mutate[@]}" scenario "$name")
	tests=(cargo test --quiet --manifest-path "$copy/Cargo.toml" --target-dir "$target" --workspace --test faults)
	"${tests[@]}" --no-run
	if SCENARIO=$scenario FAULT=$fault "$binaries/local-stack" exec -- "${tests[@]}" -- --include-ignored --nocapture every_ >"$log" 2>&1; then
		echo "  SURVIVED"
		survived+=("$name")
	else
		# What the harness says of it.
		grep --max-count 1 --extended-regexp "FAULT=|called .Result::unwrap|without a fault|not survived" "$log" | cut -c 1-300 | sed 's/^/  noticed: /' ||
			{
				echo "  it failed otherwise:"
				tail -20 "$log"
				exit 1
			}
	fi
done
[ ${#survived[@]} -eq 0 ] || {
	echo "not noticed: ${survived[*]}"
	exit 1
}

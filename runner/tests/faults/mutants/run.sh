#!/usr/bin/env bash
# Takes one guard after the other out of a copy of the code, and expects the fault tests to notice.
# A patch beside this script says what it takes out, and at which fault that shows.
# Usage: run.sh FOLDER-OF-BINARIES [NAME...]
set -euo pipefail
binaries=$(cd "${1:?usage: run.sh FOLDER-OF-BINARIES [NAME...]}" && pwd)
shift
cd "$(dirname "$0")/../../../.."
here=runner/tests/faults/mutants
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	for patch in "$here"/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi

# A target folder of its own: what is built here must never be taken for the real thing.
target=$(dirname "$binaries")/mutants
copy=$target/copy
log=$target/log
survived=()
for name in "${names[@]}"; do
	patch=$here/$name.patch
	fault=$(sed -n 's/^FAULT=//p' "$patch")
	echo "$name: $(head -1 "$patch") ($fault)"
	rm -rf "$copy"
	mkdir -p "$copy"
	# As new files: cargo would take what an earlier patch was taken out of for built.
	git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - |
		tar --extract --touch --directory "$copy"
	# Not as a part of the repository around it, which does not track it: there git would pass over it.
	GIT_CEILING_DIRECTORIES=$target git -C "$copy" apply "$PWD/$patch"
	changed=$(sed -n 's|^+++ b/||p' "$patch")
	if cmp --quiet "$changed" "$copy/$changed"; then
		echo "  the patch changes nothing"
		exit 1
	fi
	tests=(cargo test --quiet --manifest-path "$copy/Cargo.toml" --target-dir "$target" --workspace --test faults)
	"${tests[@]}" --no-run
	if FAULT=$fault "$binaries/local-stack" exec -- "${tests[@]}" -- --include-ignored --nocapture every_ >"$log" 2>&1; then
		echo "  SURVIVED"
		survived+=("$name")
	else
		# What the harness says of it.
		grep --max-count 1 --extended-regexp "FAULT=|called .Result::unwrap|not survived" "$log" | cut -c 1-300 | sed 's/^/  noticed: /' ||
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

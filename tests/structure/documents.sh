#!/usr/bin/env bash
# What documents show is so. Every cpp block compiles and runs (documents.awk); a fragment is fenced as c++.
# In apps/your_own_data.md every paragraph of an sh block is a command, and the comments behind it are what it prints, somewhere
# among other things. One that begins with the name of a program is a refusal: the command ends with exit code 2; or with 1 where
# the last one says how many rows were passed over.
set -eu
guide=apps/your_own_data.md
for app in train predict evaluate digits; do
  [[ -x $BINARY/apps/$app ]] || { echo "SKIPPED the documents: the apps are not built"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mapfile -t documents < <(cd "$SOURCE" &&
  grep -rlx --include='*.md' '```cpp' -- *.md apps framework layers models optimizers tests | sort)
awk -v root="$SOURCE" -f "$SOURCE/tests/structure/documents.awk" "${documents[@]/#/$SOURCE/}" >"$work/programs.cpp"
libraries=$(sed -n 's/^Libs:.*-lcambium//p' "$BINARY/cambium.pc")
# shellcheck disable=SC2086  # several words
"$CXX" -std=c++20 -O0 -Wall -Wextra -Wno-unused -I "$BINARY/include" "$work/programs.cpp" "$LIBRARY" $libraries \
  -Wl,-rpath,"$(dirname "$LIBRARY")" -o "$work/programs" &
compiler=$!

# ---- the commands of the guide, in a folder with nothing but build/
mkdir "$work/clone" && ln -s "$BINARY" "$work/clone/build" && cd "$work/clone"
commands=0 failed=0
run_paragraph() {
  local line command="" expected=() code=0 wanted=0
  while IFS= read -r line; do
    if [[ $line == "# "* ]]; then
      expected+=("${line:2}")
      [[ ${line:2} =~ ^(train|predict|digits): ]] && wanted=2
      [[ $line != *" passed over" ]] || wanted=1
    else
      command+=$line$'\n'
    fi
  done <<<"$1"
  commands=$((commands + 1))
  bash -euo pipefail -c "$command" >"$work/said" 2>&1 </dev/null || code=$?
  if ((code != wanted)); then
    failed=1
    printf '%s: ended with %d, not %d:\n%s' "$guide" "$code" "$wanted" "$command"
    cat "$work/said"
  fi
  for line in "${expected[@]}"; do
    grep -qF -- "$line" "$work/said" && continue
    failed=1
    printf '%s: nowhere prints "%s":\n%s' "$guide" "$line" "$command"
    cat "$work/said"
  done
}
while IFS= read -r -d '' paragraph; do run_paragraph "$paragraph"; done < <(
  awk '/^```sh$/ { inside = 1; text = ""; next }
       inside && (/^```$/ || /^$/) { if (text != "") printf "%s%c", text, 0; text = ""; if (/^```$/) inside = 0; next }
       inside { text = text (text == "" ? "" : "\n") $0 }' "$SOURCE/$guide")

# ---- the programs
wait "$compiler"
for document in "${documents[@]}"; do
  [[ $document == "$guide" ]] || { rm -rf "$work/empty" && mkdir "$work/empty" && cd "$work/empty"; }
  [[ $document != "$guide" ]] || cd "$work/clone"
  "$work/programs" "$document" >"$work/said" 2>&1 && continue
  failed=1
  tail -n 20 "$work/said"
done
[[ $commands -gt 20 && ${#documents[@]} -gt 4 && $failed == 0 ]] || exit 1
echo "$commands commands and the programs of ${#documents[@]} documents do what they say"

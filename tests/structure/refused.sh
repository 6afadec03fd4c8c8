#!/usr/bin/env bash
# What must not compile does not, and the compiler shows why: it finds a fault in each line of refused.cpp that has `says:`, and
# what it tells of this line, up to the next fault, holds these words. Without these lines the file compiles.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
program=$SOURCE/tests/structure/refused/refused.cpp
compile=("$CXX" -std=c++20 -Wall -Wextra -Werror -I "$BINARY/include" -fsyntax-only "$program")

"${compile[@]}"
if "${compile[@]}" -DREFUSED -w 2>"$work/said"; then
  echo "refused.cpp compiles with all that must not"
  exit 1
fi
failed=0 lines=0
while IFS=: read -r number line; do
  wanted=${line##*// says: } lines=$((lines + 1))
  awk -v at="refused.cpp:$number:" \
    '/: (fatal )?error: / { mine = index($0, at) > 0 } mine && !/says: /' "$work/said" >"$work/of_line"
  grep -qF -- "$wanted" "$work/of_line" && continue
  failed=1
  echo "line $number is not refused with '$wanted', but with:"
  cat "$work/of_line"
done < <(grep -n '// says: ' "$program")
[[ $lines -gt 0 && $failed == 0 ]] || exit 1
echo "$lines lines are refused, each with its reason"

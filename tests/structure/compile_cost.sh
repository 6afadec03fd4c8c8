#!/usr/bin/env bash
# What it costs to compile a user's file with a whole model in it: at most 2 s of processor time and 250 MB are the aim. How fast
# the machine is and what else it does is in that figure, so this fails only beyond twice the time; memory is held to exactly.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

compile=("$CXX" -std=c++20 -O2 -I "$BINARY/include" -c "$SOURCE/tests/structure/compile_cost/conv_bn_user.cpp" -o "$work/user.o")
"${compile[@]}"  # brings the headers into memory

best=1000000
for _ in 1 2 3; do
  TIMEFORMAT='%U %S'
  { time "${compile[@]}"; } 2>"$work/time"
  read -r user system <"$work/time"
  milliseconds=$((10#${user/./} + 10#${system/./}))
  (( milliseconds < best )) && best=$milliseconds
done
echo "compile cost: $((best / 1000)).$(printf '%03d' $((best % 1000))) s of processor time (aim: 2.0 s)"

# Address space is more than memory in use, so a compiler that keeps within it does not need more.
if [[ -x /usr/bin/time ]]; then
  memory=$(/usr/bin/time -f '%M' "${compile[@]}" 2>&1)
  echo "compile cost: $((memory / 1024)) MB (aim: 250 MB)"
  (( memory / 1024 <= 250 )) || exit 1
else
  echo "SKIPPED the memory of the compile cost: there is no /usr/bin/time"
fi
(( best <= 4000 ))

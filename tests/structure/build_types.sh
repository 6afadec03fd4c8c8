#!/usr/bin/env bash
# A project that has Cambium inside it may have no build type, one of its own, or flags that the library cannot live with: kernels
# are optimized in all but Debug, and what is needed stands behind what the project says. Only configured, not built.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# command_of FILE LIBRARY: how it is compiled.
command_of() { grep '"command"' "$work/build/compile_commands.json" | grep "/$2.dir/.*/$1\.o " || echo none; }
last() { grep -oE -- "$1" <<<"$2" | tail -1; }
expect() {  # WHAT PATTERN COMMAND WANTED
  local got
  got=$(last "$2" "$3") || true
  [[ $got == "$4" ]] || { echo "build type '$type': $1 has '$got' for '$4' in $3"; exit 1; }
}

for type in "" MinSizeRel RelWithDebInfo TheirOwn Debug; do
  "$CMAKE" -S "$SOURCE/tests/structure/own_layer" -B "$work/build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCAMBIUM_FOLDER="$SOURCE" -DCMAKE_BUILD_TYPE="$type" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
    -DCMAKE_CXX_FLAGS="-fno-exceptions -fno-rtti -ffast-math -Werror" >"$work/said" || { cat "$work/said"; exit 1; }
  kernel=$(command_of matrix.cpp cambium_portable) plan=$(command_of unity_framework_planning_cxx.cxx cambium)  # its folder, as one
  if [[ $type == Debug ]]; then
    expect "a kernel" ' -O[0-9s]' "$kernel" ""
    grep -q "not optimized" "$work/said" || { echo "Debug is not said"; exit 1; }
  else
    expect "a kernel" ' -O[0-9s]' "$kernel" " -O3"
    grep -q "at -O3" "$work/said" || { echo "build type '$type' is not said"; exit 1; }
  fi
  [[ -n $type ]] || expect "the plan" ' -O[0-9s]' "$plan" " -O2"
  for command in "$kernel" "$plan"; do
    expect "exceptions" ' -f(no-)?exceptions' "$command" " -fexceptions"
    expect "run-time types" ' -f(no-)?rtti' "$command" " -frtti"
    expect "arithmetic" ' -f(no-)?fast-math' "$command" " -fno-fast-math"
    expect "warnings" ' -W(no-)?error' "$command" " -Wno-error"
  done
done
echo "kernels are optimized whatever the build type but Debug"

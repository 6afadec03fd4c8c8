#!/usr/bin/env bash
# Any bytes into every reader of what strangers write, by libFuzzer, with the address and undefined behaviour sanitizers.
set -u
# shellcheck source=../cmake/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

usage() {
  cat <<'END'
tests/fuzz.sh [SECONDS] [TARGET...]

Builds the targets of tests/fuzz with clang in build-fuzz/, and runs each of them, or those that are named (csv, idx_gz, ...), for
SECONDS (60), from the good and the hostile files of tests/hostile. Prints a table of executions, memory and crashes; the inputs
that crash stay in build-fuzz/crashes/TARGET. Fails where there are any.
END
}

# The formats (tests/hostile/readers.h) whose files a target begins with.
formats_of() {
  case $1 in
    idx_gz) echo idx ;;
    cifar) echo cifar10 cifar100 class_names ;;
    csv) echo csv_options table_format ;;
    *) echo "$1" ;;
  esac
}

# As nobody where we are root: what a fault may do is not known.
as_nobody() {
  if (( EUID == 0 )) && command -v setpriv >/dev/null; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  else
    "$@"
  fi
}

# run TARGET: a line of the table; false where it crashed.
run() {
  local target=$1 folder status executions memory crashes
  local -a formats
  folder=$(mktemp -d) && mkdir "$folder/corpus" "$folder/crashes" || return 1
  read -r -a formats < <(formats_of "$target")
  "$build/tests/fuzz_seeds" "$folder/corpus" "${formats[@]}" >/dev/null || return 1
  (( EUID != 0 )) || chown -R 65534:65534 "$folder"
  (cd "$folder" && TMPDIR=$folder as_nobody "$build/tests/fuzz_$target" corpus -artifact_prefix=crashes/ \
    -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -max_len=65536 -print_final_stats=1 >log 2>&1)
  status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$folder/log")
  crashes=$(find "$folder/crashes" -type f | wc -l)
  printf '%-14s %12s %8s MB %8s\n' "$target" "${executions:-?}" "${memory:-?}" "$crashes"
  if (( status != 0 || crashes > 0 )); then
    mkdir -p "$build/crashes/$target" && cp "$folder"/log "$folder"/crashes/* "$build/crashes/$target" 2>/dev/null
    say "  see $build/crashes/$target"
  fi
  rm -rf "$folder"
  (( status == 0 && crashes == 0 ))
}

seconds=60
targets=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    *[!0-9]*) targets+=("$argument") ;;
    *) seconds=$argument ;;
  esac
done

clang=$(for each in clang++ clang++-{21..14}; do compiles "$each" && command -v "$each" && break; done)
[[ -n $clang ]] || die "tests/fuzz.sh: there is no clang++ here, whose libFuzzer is needed; try installing clang."
build=$root/build-fuzz
configure "$build" CMAKE_BUILD_TYPE=RelWithDebInfo "CMAKE_CXX_COMPILER=$clang" CAMBIUM_TESTS=ON CAMBIUM_FUZZ=ON \
  CAMBIUM_SANITIZE=address,undefined
if (( ${#targets[@]} == 0 )); then
  for source in "$root"/tests/fuzz/fuzz_*.cpp; do
    name=$(basename "$source" .cpp) && targets+=("${name#fuzz_}")
  done
fi
cmake --build "$build" --parallel "$jobs" --target fuzz_seeds "${targets[@]/#/fuzz_}" >"$build/build.log" ||
  die "The targets cannot be built: see above, and $build/build.log."

broken=0
printf '%-14s %12s %11s %8s\n' target executions "peak memory" crashes
for target in "${targets[@]}"; do run "$target" || broken=$((broken + 1)); done
(( broken == 0 ))

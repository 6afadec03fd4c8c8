#!/usr/bin/env bash
# Every test, from a fresh clone: installs what is missing, builds, runs. The last line counts the test cases.
set -u
# shellcheck source=../cmake/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

usage() {
  cat <<'END'
tests/run.sh [--all] [--no-install]

Builds the library in single and double precision, the apps and the tests in build/, and runs the tests side by side.

  --all          also the slow tests; all of it again with clang, and clang-tidy; the reference; with the address and undefined
                 behaviour sanitizers, and what uses threads with the thread sanitizer, each in a build folder of its own; and a
                 minute of fuzzing for each reader of files. Takes two hours.
  --no-install   install nothing; name what is missing and stop

CAMBIUM_VECTORS   a folder of reference vectors; the tests that read them are skipped aloud without it
END
}

all=false
for argument in "$@"; do
  case $argument in
    --all) all=true ;;
    --no-install) may_install=false ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; die "tests/run.sh: unknown option $argument" ;;
  esac
done

passed=0 failed=0 skipped=0 broken=()

# Reads the log of a ctest run: adds up doctest's counts by group, and shows what was skipped aloud. A program that was stopped
# before it could count, and a test that is no doctest program, count as one.
count() {
  local line group="" p=0 f=0 s=0 ended="" counted=false test_seconds=0 words
  local format="  %-28s %7s passed %5s failed %5s skipped %8s s\n"
  while IFS= read -r line; do
    case $line in
      *" Testing: "*) group=${line##* Testing: } p=0 f=0 s=0 counted=false ended="" test_seconds=0 ;;
      "[doctest] test cases:"*)
        line=${line//|/ } && read -r -a words <<<"${line#*test cases:}"
        p=$((p + words[1])) f=$((f + words[3])) counted=true ;;
      SKIPPED*) s=$((s + 1)) && say "  $line" ;;
      "compile cost of"*) say "  $line" ;;
      "Test time ="*) read -r _ _ _ test_seconds _ <<<"$line" ;;
      "Test Passed."* | "Test Failed."* | "Test Skipped."* | "Test timed out"* | "Test Timeout"*) ended=$line ;;
      "\"$group\" end time:"*)
        if [[ $ended == "Test Passed."* ]]; then
          [[ $counted == true ]] || p=1
          p=$((p > s ? p - s : 0))
        elif [[ $ended == "Test Skipped."* ]]; then
          p=0 && (( s > 0 )) || s=1
        else
          (( f > 0 )) || f=1
        fi
        # shellcheck disable=SC2059
        printf "$format" "$group" "$p" "$f" "$s" "$test_seconds"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        (( f == 0 )) || broken+=("$2 $group")
        ;;
    esac
  done <"$1/Testing/Temporary/LastTest.log"
}

# run_tests BUILD HEADING [options of ctest]
run_tests() {
  local build=$1 heading=$2 before=$failed status
  shift 2
  rm -f "$build/Testing/Temporary/LastTest.log"
  say "" && say "Tests, $heading"
  (cd "$build" && ctest --parallel "$jobs" --output-on-failure --no-tests=error "$@")
  status=$?
  say "" && say "By group, $heading:"
  count "$build" "$heading"
  if (( status != 0 && failed == before )); then  # nothing ran, or ctest itself failed
    failed=$((failed + 1)) && broken+=("$heading: ctest")
  fi
}

# run_again BUILD HEADING NAME=VALUE...: a second compiler or a sanitizer, in a build folder of its own; warnings are errors.
run_again() {
  local build=$1 heading=$2
  shift 2
  configure "$build" CAMBIUM_TESTS=ON CAMBIUM_WERROR=ON "$@"
  build "$build"
  run_tests "$build" "$heading"
}

# The reference of the public headers, whose warnings are errors: one test.
reference() {
  say "" && say "Reference"
  command -v doxygen >/dev/null || { say "SKIPPED the reference: there is no doxygen here" && skipped=$((skipped + 1)); return; }
  if cmake --build "$root/build" --target docs; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1)) && broken+=("reference: docs")
  fi
}

# Any bytes into every reader of what strangers write, a minute each: one test.
fuzz() {
  say "" && say "Fuzzing"
  [[ -n $other ]] || { say "SKIPPED fuzzing: there is no clang here" && skipped=$((skipped + 1)); return; }
  if "$root/tests/fuzz.sh" 60; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1)) && broken+=("fuzzing: tests/fuzz.sh")
  fi
}

# What .clang-tidy names, in every source of the library and the programs: one test.
tidy() {
  local blas
  blas=$(sed -n 's/^CAMBIUM_CBLAS_DIR:[A-Z]*=//p' "$root/build/CMakeCache.txt")
  say "" && say "clang-tidy"
  if (cd "$root" && find framework layers optimizers models apps -name '*.cpp' -print0 |
        xargs -0 -P "$jobs" -I FILE clang-tidy --quiet FILE -- -std=c++20 -I build/include -I . -I "$blas" -DCAMBIUM_ISA=portable \
          '-DCAMBIUM_VERSION=""' '-DCAMBIUM_BUILD_TYPE=""' 2>/dev/null); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1)) && broken+=("clang-tidy")
  fi
}

packages=(libopenblas-dev libfmt-dev zlib1g-dev libpng-dev libjpeg-dev libzip-dev nlohmann-json3-dev libcli11-dev libstb-dev
          doctest-dev)
if [[ $all == true ]]; then
  compiles clang++ || compiles clang++-14 || packages+=(clang)
  command -v clang-tidy >/dev/null 2>&1 || packages+=(clang-tidy)
  packages+=(doxygen help2man mmdebstrap qemu-user g++-aarch64-linux-gnu)
fi

say "Cambium tests: packages, build, tests."
SECONDS=0
provide "${packages[@]}"
werror=()
[[ -z "${CI:-}" ]] || werror=(CAMBIUM_WERROR=ON)
configure "$root/build" CMAKE_BUILD_TYPE=Release CAMBIUM_APPS=ON CAMBIUM_TESTS=ON "${werror[@]}"
set_up=$SECONDS
build "$root/build"
built=$SECONDS

if [[ $all == false ]]; then
  run_tests "$root/build" "release"
else
  run_tests "$root/build" "release, the slow ones too" -C slow
  other=$(for each in clang++ clang++-{21..14}; do compiles "$each" && echo "$each" && break; done)
  if [[ -n $other ]]; then
    run_again "$root/build-clang" "$other, file by file" CMAKE_BUILD_TYPE=Release CAMBIUM_UNITY=OFF \
      "CMAKE_CXX_COMPILER=$(command -v "$other")"
  else
    say "SKIPPED the build with clang: there is none here" && skipped=$((skipped + 1))
  fi
  tidy
  reference
  run_again "$root/build-asan" "address and undefined behaviour sanitizers" \
    CMAKE_BUILD_TYPE=RelWithDebInfo CAMBIUM_SANITIZE=address,undefined
  fuzz
  run_again "$root/build-tsan" "thread sanitizer" CMAKE_BUILD_TYPE=RelWithDebInfo CAMBIUM_SANITIZE=thread \
    CAMBIUM_APPS=OFF
fi

say ""
say "Set-up $set_up s, build $((built - set_up)) s, tests $((SECONDS - built)) s."
(( ${#broken[@]} == 0 )) || printf 'FAILED %s\n' "${broken[@]}"
if (( skipped > 0 )); then say "$passed passed, $failed failed, $skipped skipped"; else say "$passed passed, $failed failed"; fi
(( failed == 0 ))

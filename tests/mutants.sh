#!/usr/bin/env bash
# Faults put in by hand, one at a time, each into a copy of the file that it is about. What the fault breaks is compiled and linked
# anew, and the tests named for it must fail. Nothing in the tree changes, and build/ stays the build of what is there.
set -u
# shellcheck source=../cmake/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

usage() {
  cat <<'END'
tests/mutants.sh [--only PATTERN] [--list] [--check] [--jobs N] [--limit SECONDS]

Builds the tests in build/ and runs those that are named for the mutants in tests/mutants/: all must pass. Then each mutant is
compiled, linked and tested beside it, as nobody where root runs this, and killed or not. The last line counts them.

  --only PATTERN     those of this name, such as 'adam*'
  --list             what there is: name, file, tests
  --check            compile nothing: whether each old text is in its file exactly once, and each test there
  --jobs N           mutants at the same time (as many as processors)
  --limit SECONDS    a test that takes longer has found its mutant (120)
END
}

only='*' mode=run limit=120
while (( $# > 0 )); do
  case $1 in
    --only | --jobs | --limit) (( $# > 1 )) || die "tests/mutants.sh: $1 needs a value" ;;&
    --only) only=$2 && shift ;;
    --jobs) jobs=$2 && shift ;;
    --limit) limit=$2 && shift ;;
    --list) mode=list ;;
    --check) mode=check ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; die "tests/mutants.sh: unknown option $1" ;;
  esac
  shift
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "tests/mutants.sh: --jobs $jobs, which must be at least 1"
[[ $limit =~ ^[1-9][0-9]*$ ]] || die "tests/mutants.sh: --limit $limit, which must be at least 1 second"

# ------------------------------------------------------------------------------------------------------------ the list

names=() files=() tests=() programs=() olds=() news=()

# An entry is its name, the file, the tests that should see it (in double precision, or with tests_f32 in single), the old text (-)
# and the new one (+), of one line or more. A text may be a part of a line; from its second line on every space counts.
read_list() {
  local line at=-1 number=0
  while IFS= read -r line; do
    number=$((number + 1))
    case $line in
      '' | '#'*) ;;
      'mutant '*)
        names+=("${line#mutant }") files+=('') tests+=('') programs+=(tests_f64) olds+=('') news+=('')
        at=$((${#names[@]} - 1))
        ;;
      'in '*) files[at]=${line#in } ;;
      'tests '*) tests[at]=${line#tests } ;;
      'with '*) programs[at]=${line#with } ;;
      -*) line=${line#-} && olds[at]+=${olds[at]:+$'\n'}${line# } ;;
      +*) line=${line#+} && news[at]+=${news[at]:+$'\n'}${line# } ;;
      *) die "$1:$number: '$line' is no line of a mutant" ;;
    esac
  done <"$1"
}

# Leaves the file of mutant $1 with its fault in `mutated`, or says in `fault` why there is none.
make_mutant() {
  local file=$root/${files[$1]} old=${olds[$1]} text rest each
  fault='' mutated=''
  [[ $file == *.cpp && -f $file ]] || { fault="there is no source ${files[$1]}"; return; }
  [[ -n $old && $old != "${news[$1]}" ]] || { fault="there is no old text, or the new one is the same"; return; }
  [[ ${programs[$1]} == tests_f32 || ${programs[$1]} == tests_f64 ]] || fault="there is no program ${programs[$1]}"
  for each in ${tests[$1]:-none}; do [[ -f $root/tests/$each.cpp ]] || fault="there is no tests/$each.cpp"; done
  text=$(<"$file") && rest=${text#*"$old"}
  [[ $rest != "$text" ]] || { fault="its old text is not in ${files[$1]} any more"; return; }
  [[ $rest != *"$old"* ]] || { fault="its old text is in ${files[$1]} more than once"; return; }
  mutated=${text:0:${#text} - ${#rest} - ${#old}}${news[$1]}$rest$'\n'
}

for list in "$root"/tests/mutants/*.txt; do read_list "$list"; done
chosen=() faults=()
for i in "${!names[@]}"; do
  # shellcheck disable=SC2053  # a pattern
  [[ ${names[i]} == $only ]] || continue
  chosen+=("$i")
  make_mutant "$i"
  [[ -z $fault ]] || faults+=("${names[i]}: $fault")
done
(( ${#chosen[@]} > 0 )) || die "tests/mutants.sh: no mutant is called '$only'; --list says what there is"
twice=$(printf '%s\n' "${names[@]}" | sort | uniq -d)
[[ -z $twice ]] || faults+=("two mutants are called $twice")

if [[ $mode == list ]]; then
  for i in "${chosen[@]}"; do printf '%-52s %-46s %s\n' "${names[i]}" "${files[i]}" "${tests[i]}"; done
  exit 0
fi
if (( ${#faults[@]} > 0 )); then
  printf '%s\n' "${faults[@]}" >&2
  die "${#faults[@]} of ${#chosen[@]} mutants cannot be made: the lists in tests/mutants follow the sources."
fi
if [[ $mode == check ]]; then say "${#chosen[@]} mutants can be made."; exit 0; fi

# ------------------------------------------------------------------------------------------------------------ building

build=$root/build
find_compiler || die "There is no C++20 compiler here."
configure "$build" CMAKE_BUILD_TYPE=Release CAMBIUM_APPS=ON CAMBIUM_TESTS=ON CAMBIUM_UNITY=OFF CMAKE_EXPORT_COMPILE_COMMANDS=ON
mapfile -t used < <(for i in "${chosen[@]}"; do echo "${programs[i]}"; done | sort -u)
build "$build" "${used[@]}"

work=$(mktemp -d)
# shellcheck disable=SC2046  # one number for each
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$work"

# compile FILE PROGRAM SOURCE FOLDER: SOURCE in the place of FILE, for each instruction set. Objects go into FOLDER.
compile() {
  local line number=0 choose=(-e '-DCAMBIUM_F64 ')
  [[ $2 == tests_f64 ]] || choose=(-v -e '-DCAMBIUM_F64 ')
  while IFS= read -r line; do
    # shellcheck disable=SC1003  # these are no quotes that were meant
    line=${line#*'"command": "'} && line=${line%'",'*} && line=${line//'\"'/'"'} && line=${line//'\\'/'\'}
    (cd "$build" && bash -c "${line% -o *} -w -o '$4/$number.o' -c '$3'") || return 1
    number=$((number + 1))
  done < <(grep -F -- "-c $root/$1\"" "$build/compile_commands.json" | grep "${choose[@]}")
  (( number > 0 ))
}

# link PROGRAM FOLDER: PROGRAM with the objects in FOLDER before those of the library, by the line that links it in build/.
link() {
  local line at=$build linked=tests/$1 objects=("$2"/*.o)
  if [[ -f $build/build.ninja ]]; then
    line=$(ninja -C "$build" -t commands "$linked" | tail -n 1)
  else
    line=$(<"$build/tests/CMakeFiles/$1.dir/link.txt") at=$build/tests linked=$1
  fi
  [[ $line == *" -o $linked "* ]] || { echo "the line that links it is not known here: $line"; return 1; }
  (cd "$at" && bash -c "${line/" -o $linked "/" -o $2/program ${objects[*]} "}")
}

# ------------------------------------------------------------------------------------------------------------ running

as_nobody=()
(( EUID != 0 )) || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# run_tests FOLDER TESTS SECONDS: FOLDER/program with these files, up to the first failure, in a folder of its own. What it says is
# in FOLDER/said. Where no test is run, as one that is only there in the other precision, that is a failure too: 99. For the
# background, where it ends with whoever called it.
run_tests() {
  local filter='' each
  for each in $2; do filter+=${filter:+,}'*'/tests/$each.cpp; done
  mkdir "$1/own"
  (( EUID != 0 )) || chown 65534:65534 "$1/own"
  (cd "$1/own" && TMPDIR=$1/own exec timeout -k 5 "$3" "${as_nobody[@]}" "$1/program" "--source-file=$filter" \
    '--test-case-exclude=slow:*' --abort-after=1 --no-version --no-colors >"$1/said" 2>&1 </dev/null) &
  # shellcheck disable=SC2064  # this one
  trap "kill $! 2>/dev/null; exit 143" TERM
  wait $! 2>/dev/null || return
  grep -q '^\[doctest\] test cases: *[1-9]' "$1/said" || return 99
}

# Compiles, links and tests mutant $1, and says what became of it.
run_mutant() {
  local name=${names[$1]} folder=$work/${names[$1]} result seconds=$SECONDS code
  mkdir "$folder" && make_mutant "$1" && printf '%s' "$mutated" >"$folder/$(basename "${files[$1]}")"
  if ! compile "${files[$1]}" "${programs[$1]}" "$folder/$(basename "${files[$1]}")" "$folder" >"$folder/said" 2>&1; then
    result="did not compile"
  elif ! link "${programs[$1]}" "$folder" >"$folder/said" 2>&1; then
    result="did not link"
  else
    run_tests "$folder" "${tests[$1]}" "$limit"
    code=$?
    case $code in
      0) result="survived" ;;
      99) result="did not run: ${programs[$1]} has no such tests" ;;
      124 | 137) result="killed: no end within $limit s" ;;
      *)
        result=$(awk '/^TEST CASE:/ { name = $0 } /ERROR:/ { exit } END { print substr(name, 13) }' "$folder/said")
        result="killed: ${result:-the program ended with $code}"
        ;;
    esac
  fi
  printf '%s\n' "$result" >"$work/$name.result"
  printf '%-52s %s (%d s)\n' "$name" "$result" $((SECONDS - seconds))
  [[ $result != did* ]] || tail -n 20 "$folder/said"
  rm -rf "$folder"
}

for program in "${used[@]}"; do
  mapfile -t named < <(
    for i in "${chosen[@]}"; do [[ ${programs[i]} != "$program" ]] || tr ' ' '\n' <<<"${tests[i]}"; done | sort -u)
  mkdir "$work/$program" && cp "$build/tests/$program" "$work/$program/program" && before=$SECONDS
  run_tests "$work/$program" "${named[*]}" $((10 * limit)) &
  if ! wait $!; then
    tail -n 40 "$work/$program/said"
    die "Without a mutant these tests fail, take more than $((10 * limit)) s, or are not there at all: see above."
  fi
  say "Without a mutant, $program passes those of ${#named[@]} files, in $((SECONDS - before)) s."
  rm -rf "${work:?}/$program"
done

running=0
for i in "${chosen[@]}"; do
  (( running < jobs )) || { wait -n; running=$((running - 1)); }
  run_mutant "$i" &
  running=$((running + 1))
done
wait

killed=0 left=()
for i in "${chosen[@]}"; do
  result=$(<"$work/${names[i]}.result")
  if [[ $result == killed* ]]; then killed=$((killed + 1)); else left+=("${names[i]}: $result"); fi
done
say ""
(( ${#left[@]} == 0 )) || printf '%s\n' "${left[@]}"
say "$killed of ${#chosen[@]} killed, in $((SECONDS / 60)) min $((SECONDS % 60)) s"
(( ${#left[@]} == 0 ))

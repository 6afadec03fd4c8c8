# shellcheck shell=bash
# What apps/quickstart.sh and tests/run.sh share: find out which packages are missing, install those and no others, configure,
# build.
# Sourced, not run. Needs nothing but bash and coreutils.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)
may_install=true

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }
trap 'trap - INT; printf "\nStopped.\n" >&2; kill -INT $$' INT

# Is this command a C++20 compiler that is new enough? It may have arguments: "ccache g++".
compiles() {
  command -v "$1" >/dev/null 2>&1 && "$@" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1 <<'END'
#include <concepts>
#include <span>
#if defined(__clang__) ? __clang_major__ < 14 : __GNUC__ < 11
#error too old
#endif
END
}

# Sets `compiler` to the first that will do: the one named in CXX before all others.
find_compiler() {
  local each
  for each in "${CXX:-c++}" c++ g++ clang++ g++-{15..11} clang++-{21..14}; do
    # shellcheck disable=SC2086  # the arguments are meant to be split
    if compiles $each; then compiler=$each; return; fi
  done
  return 1
}

has_cmake() {
  local version major minor
  command -v cmake >/dev/null 2>&1 && read -r _ _ version < <(cmake --version) || return 1
  IFS=. read -r major minor _ <<<"$version"
  (( major > 3 || (major == 3 && minor >= 22) ))
}

has_build_tool() { command -v ninja >/dev/null 2>&1 || command -v make >/dev/null 2>&1; }

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status} ' "$1" 2>/dev/null) == installed* ]]; }

# OpenBLAS comes in three builds, and any of them will do.
has_package() {
  case $1 in
    libopenblas-dev) is_installed libopenblas-pthread-dev || is_installed libopenblas-openmp-dev ||
                       is_installed libopenblas-serial-dev ;;
    *) is_installed "$1" ;;
  esac
}

# provide PACKAGE...: the tools and these libraries. What is there already is left alone.
provide() {
  local missing=() package
  find_compiler || missing+=(g++)
  has_cmake || missing+=(cmake)
  has_build_tool || missing+=(ninja-build)

  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is no Debian or Ubuntu, so nothing is installed here. What is needed, under the names that Debian has for it:"
    say "  g++ (11 or later, or clang 14 or later)  cmake (3.22 or later)  ninja-build (or make)"
    say "  $*"
    (( ${#missing[@]} == 0 )) || die "Not found: ${missing[*]}. Install what is missing, then run this again."
    return
  fi

  for package in "$@"; do has_package "$package" || missing+=("$package"); done
  if (( ${#missing[@]} == 0 )); then say "Packages: nothing is missing."; return; fi

  local sudo=()
  (( EUID == 0 )) || sudo=(sudo)
  local line=("${sudo[@]}" apt-get install -y --no-install-recommends "${missing[@]}")
  say "Packages to install: ${missing[*]}"
  say "  ${line[*]}"
  [[ $may_install == true ]] || die "Nothing was installed, as --no-install says. Install them, then run this again."
  (( EUID == 0 )) || command -v sudo >/dev/null 2>&1 ||
    die "There is no sudo here. Have them installed by the line above, then run this again."
  local quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
  "${sudo[@]}" "${quiet[@]}" update || say "apt-get update had trouble; going on with the package lists that are there."
  "${sudo[@]}" "${quiet[@]}" install -y --no-install-recommends "${missing[@]}" ||
    die "The packages could not be installed: see above."

  find_compiler || die "The compiler of this system is too old: g++ 11 or clang 14 is needed. Put a newer one into CXX."
  has_cmake || die "The cmake of this system is too old: 3.22 or later is needed."
}

# Does the cache of this build folder hold every one of these -DNAME=VALUE, and is there something to build with?
is_configured() {
  local build=$1 line option found
  shift
  [[ -f $build/CMakeCache.txt && (-f $build/build.ninja || -f $build/Makefile) ]] || return 1
  for option in "$@"; do
    found=false
    while IFS= read -r line; do
      [[ ${line%%:*} == "${option%%=*}" && ${line#*=} == "${option#*=}" ]] && found=true && break
    done <"$build/CMakeCache.txt"
    [[ $found == true ]] || return 1
  done
}

# A build folder that was moved or copied here with the rest remembers where it was, and cmake refuses it.
forget_another_place() {
  local build=$1 line
  [[ -f $build/CMakeCache.txt ]] || return 0
  while IFS= read -r line; do
    if [[ $line == CMAKE_HOME_DIRECTORY:* && ${line#*=} != "$root" ]]; then
      say "$build was made in ${line#*=}; starting it afresh."
      rm -rf "$build"
      return
    fi
  done <"$build/CMakeCache.txt"
}

# configure BUILD NAME=VALUE...: unless it is configured like that already.
configure() {
  local build=$1 generator=() options=() option
  shift
  forget_another_place "$build"
  if is_configured "$build" "$@"; then return; fi
  for option in "$@"; do options+=("-D$option"); done
  if [[ ! -f $build/CMakeCache.txt ]]; then
    command -v ninja >/dev/null 2>&1 && generator=(-G Ninja) || generator=(-G "Unix Makefiles")
    [[ "${options[*]}" == *CMAKE_CXX_COMPILER* ]] || export CXX=$compiler
  fi
  cmake -S "$root" -B "$build" "${generator[@]}" "${options[@]}" --log-level=WARNING \
    || die "cmake could not configure $build: what it misses is named above."
}

# build BUILD TARGET...: without a target, everything.
build() {
  local build=$1 targets=()
  shift
  (( $# == 0 )) || targets=(--target "$@")
  cmake --build "$build" --parallel "$jobs" "${targets[@]}" || die "The build failed: see above."
}

#!/usr/bin/env bash
# For arm64, on a machine of another kind: the library is compiled for it against a root of Debian's packages, which is only
# unpacked, and tests of what depends on the processor run in qemu.
# SYSROOT may name a root that is there already.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

skip() { echo "SKIPPED arm64: $*"; exit 77; }
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$tool" >/dev/null || skip "no $tool here (g++-aarch64-linux-gnu, qemu-user)"
done
root=${SYSROOT:-$work/root}
if [[ ! -d $root ]]; then
  command -v mmdebstrap >/dev/null || skip "no mmdebstrap here, which unpacks its packages"
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && [[ $ID == debian ]] && echo "$VERSION_CODENAME") || skip "this is no Debian"
  mmdebstrap --variant=extract --arch=arm64 "$suite" "$root" >"$work/log" 2>&1 --include=libc6-dev,libopenblas-dev,libfmt-dev,\
zlib1g-dev,libpng-dev,libjpeg-dev,libzip-dev,nlohmann-json3-dev,libcli11-dev,libstb-dev,doctest-dev || {
    tail -20 "$work/log"; exit 1; }
fi

"$CMAKE" -S "$SOURCE/tests/structure/arm64" -B "$work/build" -G "$GENERATOR" -DCMAKE_BUILD_TYPE=Release --log-level=WARNING \
  -DCMAKE_TOOLCHAIN_FILE="$SOURCE/cmake/aarch64-linux-gnu.cmake" -DCAMBIUM_SYSROOT="$root"
"$CMAKE" --build "$work/build" --parallel 2 --target tests_elsewhere >"$work/log" 2>&1 || { tail -50 "$work/log"; exit 1; }
qemu-aarch64 -L "$root" -E LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/openblas-pthread "$work/build/tests_elsewhere" --no-version \
  "--test-case-exclude=slow:*"

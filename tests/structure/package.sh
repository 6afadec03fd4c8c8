#!/usr/bin/env bash
# The Debian packages, in a bare Debian of their own: they bring all that they need, a program compiles with what pkg-config says
# and nothing else, the installed programs run, and nothing is left when they go.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

skip() { echo "SKIPPED Debian packages: $*"; exit 77; }
for tool in cpack dpkg-shlibdeps mmdebstrap; do command -v "$tool" >/dev/null || skip "no $tool here"; done
# shellcheck disable=SC1091
suite=$(. /etc/os-release && [[ $ID == debian ]] && echo "$VERSION_CODENAME") || skip "this is no Debian"
[[ -f $BINARY/CPackConfig.cmake ]] || skip "this build makes none"

(cd "$BINARY" && cpack -G DEB -B "$work/packages" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
mkdir "$work/put"
cp "$work"/packages/*.deb "$SOURCE"/tests/structure/own_layer/{border.cpp,square.h} "$work/put"
chmod -R a+rX "$work"

cat >"$work/put/try.sh" <<'END_OF_TRIAL'
set -eu
cd /put
apt-get install -y --no-install-recommends ./*.deb
g++ border.cpp $(pkg-config --cflags --libs cambium) -o border
./border
cambium-train --model linear --epochs 1 --quiet
ls /usr/share/man/man1/cambium-*
apt-get purge -y cambium libcambium-dev
! find /usr | grep -i cambium
echo "all is well"
END_OF_TRIAL

# shellcheck disable=SC2016  # $1 is for the hook
mmdebstrap --variant=apt --include=g++,pkg-config --customize-hook="copy-in '$work/put' /" \
  --customize-hook='chroot "$1" sh /put/try.sh' "$suite" /dev/null >"$work/log" 2>&1 || { tail -50 "$work/log"; exit 1; }
grep -E "^test accuracy|^all is well" "$work/log"

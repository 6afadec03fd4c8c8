#!/usr/bin/env bash
# A user's project with a layer of its own, built against Cambium: `installed` into a folder that is moved afterwards, or lying
# `beside` it, then as a shared library, without a build type, and in a project that hides all names.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cp -r "$SOURCE/tests/structure/own_layer" "$work/project"
if [[ $1 == installed ]]; then
  "$CMAKE" --install "$BINARY" --prefix "$work/built here" >"$work/log" || { cat "$work/log"; exit 1; }
  mv "$work/built here" "$work/a prefix"
  if grep -rnE "$work|$SOURCE|$BINARY|/usr/|openblas[^ ]*\.(so|a)" "$work/a prefix" --include={*.cmake,*.pc}; then
    echo "the installed files name a place of the machine that they were made on"; exit 1
  fi
  options=("-DCMAKE_PREFIX_PATH=$work/a prefix" -DCMAKE_BUILD_TYPE=Release)
else
  options=("-DCAMBIUM_FOLDER=$SOURCE" -DBUILD_SHARED_LIBS=ON -DCMAKE_CXX_VISIBILITY_PRESET=hidden)
fi
"$CMAKE" -S "$work/project" -B "$work/build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wconversion -Werror" --log-level=WARNING "${options[@]}"
"$CMAKE" --build "$work/build" --parallel 2 >"$work/log" || { cat "$work/log"; exit 1; }
"$work/build/own_layer"
[[ $1 == beside ]] || "$work/build/check_square"

# Without CMake.
if [[ $1 == installed ]] && command -v pkg-config >/dev/null; then
  mv "$work/a prefix" "$work/prefix"  # a word of its own in what pkg-config says
  folder=$(find "$work/prefix" -name cambium.pc -exec dirname {} +)
  read -r -a flags < <(PKG_CONFIG_PATH=$folder pkg-config --cflags --libs cambium)
  "$CXX" -std=c++20 "$work/project/own_layer.cpp" "${flags[@]}" -o "$work/by_hand"
  "$work/by_hand"
fi

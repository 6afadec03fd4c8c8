#!/usr/bin/env bash
# A user's project with a layer of its own, built against Cambium: `installed` into a folder, or lying `beside` it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

cp -r "$SOURCE/tests/structure/own_layer" "$work/project"
if [[ $1 == installed ]]; then
  "$CMAKE" --install "$BINARY" --prefix "$work/a prefix" >"$work/log" || { cat "$work/log"; exit 1; }
  options=("-DCMAKE_PREFIX_PATH=$work/a prefix")
else
  options=("-DCAMBIUM_FOLDER=$SOURCE")
fi
"$CMAKE" -S "$work/project" -B "$work/build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wconversion -Werror" --log-level=WARNING "${options[@]}"
"$CMAKE" --build "$work/build" --parallel 2 --target own_layer >"$work/log" || { cat "$work/log"; exit 1; }
"$work/build/own_layer"

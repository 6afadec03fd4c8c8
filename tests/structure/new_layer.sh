#!/usr/bin/env bash
# A layer is added by three new files, and no other file is touched: in a copy of the tree, the layer's own test passes in both
# precisions, and it includes nothing but the umbrella header.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mkdir -p "$work/tree/tests"
cp -r "$SOURCE"/{CMakeLists.txt,cmake,framework,layers,optimizers,models} "$work/tree"
cp -r "$SOURCE"/tests/{CMakeLists.txt,support} "$work/tree/tests"  # of the tests only what the new one needs
mkdir "$work"/tree/tests/{layers,structure,precision}
touch "$work"/tree/tests/{structure,precision}/CMakeLists.txt

new=$SOURCE/tests/structure/new_layer
cp "$new/swish.h" "$new/swish.cpp" "$work/tree/layers/activation"
cp "$new/test_swish.cpp" "$work/tree/tests/layers"

"$CMAKE" -S "$work/tree" -B "$work/build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_BUILD_TYPE=Release \
  -DCAMBIUM_APPS=OFF -DCAMBIUM_INSTALL=OFF --log-level=WARNING
"$CMAKE" --build "$work/build" --parallel 2 >"$work/log" || { tail -50 "$work/log"; exit 1; }
for precision in f32 f64; do
  "$work/build/tests/tests_$precision" --no-version --test-case="swish*" | tee "$work/said"
  [[ $(<"$work/said") == *"4 passed"* ]] || { echo "the test of the new layer did not run"; exit 1; }
done

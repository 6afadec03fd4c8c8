#!/usr/bin/env bash
# A user's project with a layer of its own, built against Cambium: `installed` into a folder that is moved afterwards; `beside` it,
# as a shared library in a project that hides all names, which is then installed as well; `fetched` from an archive, without a
# build type.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

die() { echo "$*"; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { tail -50 "$work/log"; exit 1; }; }

# consume FOLDER [OPTION]...: builds the user's project there, and runs it.
consume() {
  local build=$1
  shift
  "$CMAKE" -S "$work/project" -B "$build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wconversion -Werror" --log-level=WARNING "$@"
  quietly "$CMAKE" --build "$build" --parallel 2
  "$build/own_layer"
  "$build/border"
}

# install FROM: into "$work/a prefix", where nothing names where it was made.
install() {
  quietly "$CMAKE" --install "$1" --prefix "$work/built here"
  mv "$work/built here" "$work/a prefix"
  ! grep -rnE '/usr/|openblas[^ ]*\.(so|a)' "$work/a prefix" --include={*.cmake,*.pc} || die "installed files name this machine"
  # Where there are debugging symbols, they do.
  # shellcheck disable=SC2046  # several options, or none
  ! grep -rlF -e "$work" -e "$SOURCE" -e "$BINARY" "$work/a prefix" $(has_symbols "$1") || die "they name where they were made"
}
has_symbols() { grep -qE '^CMAKE_BUILD_TYPE:.*=(Release|MinSizeRel)?$' "$1/CMakeCache.txt" || echo --include={*.cmake,*.pc,*.h}; }

# Without CMake, with what pkg-config says and nothing else.
compile_by_hand() {
  command -v pkg-config >/dev/null || { echo "SKIPPED pkg-config: it is not there"; return; }
  mv "$work/a prefix" "$work/prefix"  # a word of its own in what pkg-config says
  local flags
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name cambium.pc)")
  export PKG_CONFIG_PATH
  read -r -a flags < <(pkg-config --cflags --libs cambium)
  "$CXX" "$work/project/border.cpp" "${flags[@]}" -o "$work/by_hand"
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir cambium) "$work/by_hand"
}

# A shared library shows its own names and no others: not those of fmt, nlohmann_json, or the standard library's templates.
check_names() {
  nm -D --defined-only "$1" | cut -d' ' -f3 | c++filt -p | sed -E 's/^[a-z -]+ (for|to) //' >"$work/names"
  grep -q '^cambium::Plan::forward' "$work/names" || die "$1 shows no names"
  ! grep -v '^cambium::' "$work/names" || die "$1 shows names of others"
  # All of its own, but what one source keeps to itself.
  ! comm -23 <(own_names "$1") <(own_names "$1" -D) | c++filt | grep . || die "$1 keeps names of its own back"
}
own_names() {
  nm "${@:2}" --defined-only "$1" | cut -d' ' -f3 | grep '^_ZN[KRO]*7cambium' | grep -vE '\.|_GLOBAL__N_|L[0-9]' | sort
}

cp -r "$SOURCE/tests/structure/own_layer" "$work/project"
case $1 in
  installed)
    install "$BINARY"
    consume "$work/build" "-DCMAKE_PREFIX_PATH=$work/a prefix" -DCMAKE_BUILD_TYPE=Release
    "$work/build/check_square"
    compile_by_hand ;;
  beside)
    consume "$work/build" "-DCAMBIUM_FOLDER=$SOURCE" -DBUILD_SHARED_LIBS=ON -DCAMBIUM_INSTALL=ON -DCAMBIUM_APPS=ON \
      -DCMAKE_CXX_VISIBILITY_PRESET=hidden
    check_names "$work/build/cambium/libcambium.so"
    install "$work/build"
    mv "$work/build" "$work/gone"  # the installed one does without
    sed -i 's/ COMPONENTS testing//' "$work/project/CMakeLists.txt"
    consume "$work/build2" "-DCMAKE_PREFIX_PATH=$work/a prefix"
    "$work/a prefix/bin/cambium-train" --help | grep -q '^  cambium-train --model' || die "cambium-train goes by another name"
    compile_by_hand ;;
  fetched)
    tar -czf "$work/cambium.tar.gz" -C "$SOURCE" --transform 's,^,cambium/,' \
      CMakeLists.txt LICENSE cmake framework layers optimizers models
    consume "$work/build" "-DCAMBIUM_ARCHIVE=$work/cambium.tar.gz" ;;
esac

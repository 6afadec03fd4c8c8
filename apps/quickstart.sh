#!/usr/bin/env bash
# From a fresh clone to a trained network: installs what is missing, builds, trains. A second run goes straight to the training.
set -u

if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
  cat <<'END'
apps/quickstart.sh [--no-install] [options of the training app]

Installs the packages that are missing (Debian and Ubuntu), builds train, predict, evaluate, inspect and digits in build/apps/, and
trains a small convolutional network on handwritten-looking digits that the program draws. Then it shows the accuracy on digits by
other writers.

  --no-install   install nothing; name what is missing and stop

Everything else goes to the training app, for example
  apps/quickstart.sh --model mlp --epochs 5
  apps/quickstart.sh --data mnist --data-dir FOLDER
and build/apps/train --help lists what it can do.
END
  exit 0
fi

source "$(dirname "${BASH_SOURCE[0]}")/../cmake/setup.sh"

data=(--data digits) model=(--model conv_bn) arguments=()
for argument in "$@"; do
  case $argument in
    --no-install) may_install=false; continue ;;
    --data | --data=*) data=() ;;
    --model | --model=* | --preset | --preset=*) model=() ;;
  esac
  arguments+=("$argument")
done

say "Cambium quick start: packages, build, training."
SECONDS=0
provide libopenblas-dev libfmt-dev zlib1g-dev libpng-dev libjpeg-dev libzip-dev nlohmann-json3-dev libcli11-dev libstb-dev
forget_another_place "$root/build"
tests=(CAMBIUM_TESTS=OFF)
! is_configured "$root/build" CAMBIUM_TESTS=ON || tests=()  # tests/run.sh was here: leave them on
configure "$root/build" CMAKE_BUILD_TYPE=Release CAMBIUM_APPS=ON "${tests[@]}"
set_up=$SECONDS

build "$root/build" train predict evaluate inspect digits
built=$SECONDS
say "build/apps/train, predict, evaluate and inspect are ready. A training to see them at work follows; Ctrl-C ends it."

"$root/build/apps/train" "${data[@]}" "${model[@]}" "${arguments[@]}"
status=$?
say "The other programs, stream, export and gallery among them: cmake --build build"
say "Set-up $set_up s, build $((built - set_up)) s, training $((SECONDS - built)) s."
exit "$status"

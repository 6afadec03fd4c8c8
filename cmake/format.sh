#!/usr/bin/env bash
# cmake/format.sh [--check]: lays out every C++ file of the project as .clang-format says; with --check, only names those that
# are not.
# Versions of clang-format differ, so it is always version 14.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
formatter=
for each in clang-format-14 clang-format; do
  [[ $("$each" --version 2>/dev/null) == *"version 14."* ]] && formatter=$each && break
done
if [[ -z $formatter ]]; then
  echo "SKIPPED the layout: there is no clang-format 14 here (Debian and Ubuntu: clang-format-14)"
  exit 77
fi
options=(-i)
[[ ${1:-} != --check ]] || options=(--dry-run --Werror)
find framework layers optimizers models apps tests \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 -n 20 "$formatter" "${options[@]}"

#!/bin/sh
# manual_page.sh PROGRAM VERSION: a manual page from what PROGRAM --help says. Its first sentence says what the program is for; its
# examples keep their lines.
set -eu
help=$("$1" --help)
about=$(printf '%s\n' "$help" | sed -n '1{s/\.$//;s/^./\l&/;p}')
page=$(help2man --no-info --version-string="$2" --name="$about" --manual=Cambium --source="Cambium $2" "$1")
printf '%s\n' "$page" | sed -e '/^\.SH EXAMPLES/,$d' -e 's/\([^ ]\) \{4,\}/\1; /g'
case $help in *Examples:*)
  printf '.SH EXAMPLES\n.nf\n'
  printf '%s\n' "$help" | sed -e '1,/^Examples:/d' -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\\&&/"
  printf '.fi\n' ;;
esac

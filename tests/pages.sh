#!/usr/bin/env bash
# Pages and pictures as a reader sees them, measured by a browser.
set -u

usage() {
  cat <<'END'
tests/pages.sh [--shots FOLDER] FILE.html|FILE.svg ...

Each file is shown in headless Chromium, light and dark, 1280 and 400 pixels wide: no text is cut off or leaves its picture, no two
texts of a picture meet, every text stands out from its ground by 4.5 at least, nothing is asked for from elsewhere, there are no
scripts. Prints a line for each, and every fault; with --shots a screenshot of each as well.

Ends with 1 when there is a fault, and with 77 where there is no Chromium.
END
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shots="" files=()
while (($# > 0)); do
  case $1 in
    --shots) shots=${2:?"a folder"}; shift ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) files+=("$1") ;;
  esac
  shift
done
((${#files[@]} > 0)) || { usage >&2; exit 2; }

browser=
for each in chromium chromium-browser google-chrome; do
  command -v "$each" >/dev/null 2>&1 && browser=$each && break
done
[[ -n $browser ]] || { echo "SKIPPED pages in a browser: there is no Chromium here (Debian: chromium)"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
[[ -z $shots ]] || mkdir -p "$shots"

# show SCHEME URL [options]: what the browser prints; nothing goes out.
show() {
  local dark=1
  [[ $1 == dark ]] && dark=0
  HOME=$work timeout 300 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --host-resolver-rules="MAP * ~NOTFOUND" --blink-settings=preferredColorScheme=$dark "${@:3}" "$2" 2>/dev/null
}

# The file with the measuring script in it; a picture within a page.
prepare() {
  if [[ $1 == *.svg ]]; then
    echo '<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0;background:var(--paper)}svg{max-width:100%;height:auto}</style>'
    echo '<body data-picture="1">'
    cat "$1"
  else
    sed 's/<\/body>.*//; /<\/html>/d' "$1"
  fi
  printf '<script>\n%s\n</script></body></html>\n' "$(<"$here/plot/measure.js")"
}

# One page with a window for every file and width, which tell it what they found.
page_of_all() {
  cat <<END
<!DOCTYPE html><style>:root{color-scheme:$1}iframe{border:0;height:900px}</style><body><script>
addEventListener('message', e => {
  document.body.appendChild(document.createElement('pre')).textContent = ['', ...e.data, ''].join('\n= ');
})</script>
END
  local i width
  for i in "${!files[@]}"; do
    for width in 1280 400; do echo "<iframe style=\"width:${width}px\" src=\"$i.html#$i-$width\"></iframe>"; done
  done
}

faults=0
fault() { faults=$((faults + 1)) && echo "  $*"; }

for i in "${!files[@]}"; do
  [[ -r ${files[i]} ]] || { echo "${files[i]}: cannot be read" >&2; exit 2; }
  ! grep -qi '<script' "${files[i]}" || fault "${files[i]} has scripts"
  prepare "${files[i]}" >"$work/$i.html"
done

for scheme in light dark; do
  page_of_all $scheme >"$work/all.html"
  show $scheme "file://$work/all.html" --window-size=1400,1000 --virtual-time-budget=5000 --dump-dom |
    sed -n 's/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g; s/^= //p' >"$work/measured"
  for i in "${!files[@]}"; do
    for width in 1280 400; do
      mapfile -t found < <(sed -n "/^$i-$width\$/,/^[0-9]*-[0-9]*\$/p" "$work/measured" | sed '1d; /^[0-9]*-[0-9]*$/d')
      echo "${files[i]}, $width pixels, $scheme: ${found[3]:-nothing was measured}"
      [[ ${found[0]:-} == "$width" && ${found[1]:-} == "$scheme" ]] ||
        fault "was shown ${found[0]:-0} pixels wide, ${found[1]:-not at all}"
      for line in "${found[@]:4}"; do [[ -z $line ]] || fault "$line"; done
      if [[ -n $shots ]]; then
        name=$(basename "${files[i]}")
        show $scheme "file://$(realpath "${files[i]}")" --window-size="$width,${found[2]:-900}" \
          --screenshot="$shots/$name.$width.$scheme.png" >/dev/null
      fi
    done
  done
done
((faults == 0)) || { echo "$faults faults"; exit 1; }

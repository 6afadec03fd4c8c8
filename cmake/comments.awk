# What Doxygen reads in the place of a header: comments of two strokes become its own, of three, and their text is taken as it
# stands. A formula or a piece of code, indented by five or more, becomes a block of its own, and lines indented by three a list.

function escaped(text,   parts, n, i, out) {
  n = split(text, parts, "`")  # between two backticks nothing means anything
  for (i = 1; i <= n; ++i) {
    if (i % 2 == 1 || i == n) gsub(/[\\@#&$%<>*_|\[\]]/, "\\\\&", parts[i])
    out = out (i > 1 ? "`" : "") parts[i]
  }
  return out
}

function line_of_comment(indent, text,   is_block) {
  if (text ~ /^   [^ ]/) {
    in_list = 1
    return indent "/// - " escaped(substr(text, 4))
  }
  in_list = in_list && text ~ /^     /
  is_block = !in_list && text ~ /^     /
  if (is_block != in_block) print indent "///"
  in_block = is_block
  if (text == "") return indent "///"
  return indent "///" (is_block ? text : (in_list ? "   " : " ") escaped(substr(text, text ~ /^ / ? 2 : 1)))
}

BEGIN { at_top = 1 }

# The text above `#pragma once` is about the file.
at_top && /^\/\// {
  if (!begun++) print "/// \\file"
  print line_of_comment("", substr($0, 3))
  next
}
{ at_top = 0 }

/^ *\/\/( |$)/ {
  match($0, /^ */)
  print line_of_comment(substr($0, 1, RLENGTH), substr($0, RLENGTH + 3))
  next
}
{ in_block = in_list = 0 }

# What std is told of a class has no place among them.
/^template <>$/ { held = $0; next }
held != "" {
  hiding = /^struct std::/
  if (!hiding) print held
  held = ""
}
hiding { hiding = !/};$/; next }

# After code, on the same line; not an address in a text.
/[;,{(] +\/\/ / && !/^ *return / {
  at = match($0, / \/\/ /)
  print substr($0, 1, at - 1) " ///< " escaped(substr($0, at + 4))
  next
}
{ print }

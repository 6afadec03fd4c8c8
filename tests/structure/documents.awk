# The cpp blocks of all documents as one C++ source, on standard output. A block with a `main` is a program; all others of a document
# are, in order, the body of one. Compilers name the document and the line.

function include(line) {
  if (!(line in included)) includes = includes line "\n"
  included[line] = 1
}

function add_program(text, line) {
  programs = programs sprintf("namespace program_%d {\n%s\n}\n", ++count, text)
  table = table sprintf("    {\"%s\", %d, program_%d::run},\n", document, line, count)
}

function end_document() {
  if (body != "") add_program("void run() {\n" body "}", body_line)
  body = ""
}

BEGIN {
  include("#include <cambium/cambium.h>")
  include("#include <cambium/files.h>")
  include("#include <algorithm>")
  include("#include <atomic>")
  include("#include <cmath>")
  include("#include <cstdio>")
  include("#include <cstring>")
  include("#include <exception>")
  include("#include <thread>")
}
FNR == 1 { end_document(); document = substr(FILENAME, length(root) + 2) }
/^```cpp$/ { inside = 1; is_main = 0; text = sprintf("#line %d \"%s\"\n", FNR + 1, document); first = FNR; next }
/^```$/ && inside {
  inside = 0
  if (is_main) add_program(text, first)
  else { if (body == "") body_line = first; body = body text }
  next
}
inside && /^#include/ { include(substr($0, 1, index($0 " ", ">"))); text = text "\n"; next }
inside && /^int main\(\) \{/ { sub(/int main/, "void run"); is_main = 1 }
inside { gsub(/digits\(Split::train\)/, "digits(Split::train, {.count = 1000})") }  # in place of 60,000: seconds
inside { gsub(/digits\(Split::test\)/, "digits(Split::test, {.count = 100})") }
inside { text = text $0 "\n" }
END {
  end_document()
  printf "%s\nusing namespace cambium;\n%s\n", includes, programs
  printf "#line 1 \"the programs of all documents\"\nstruct {\n  const char* document;\n  int line;\n  void (*run)();\n"
  printf "} const programs[] = {\n%s};\n\n", table
  print "// Runs those of one document; without an argument names all."
  print "int main(int count, char** words) {"
  print "  for (const auto& program : programs) {"
  print "    if (count < 2) std::printf(\"%s\\n\", program.document);"
  print "    if (count < 2 || std::strcmp(words[1], program.document) != 0) continue;"
  print "    try {"
  print "      program.run();"
  print "    } catch (const std::exception& error) {"
  print "      std::fflush(stdout);"
  print "      return std::fprintf(stderr, \"%s:%d: %s\\n\", program.document, program.line, error.what()), 1;"
  print "    }"
  print "  }"
  print "}"
}

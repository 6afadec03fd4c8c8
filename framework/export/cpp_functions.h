// The functions that a C++ file is made of, as text: what each operation does, in plain loops over one sample.
#pragma once

#include <vector>

#include "cambium/framework/export/inference.h"

namespace cambium {

struct CppFunction {
  const char* name;
  const char* text;
  bool windows = false;  // it takes a Window
  bool math = false;     // it needs <math.h>
};

// What runs this operation. Of a Join of more than two inputs it is called for one after the other.
const CppFunction& cpp_function(const inference::What& what);

// Copies so many values: for outputs that are the same numbers under another name.
const CppFunction& cpp_copy();

// A struct in the order of framework/kernels/window.h.
extern const char* const cpp_window;

}  // namespace cambium

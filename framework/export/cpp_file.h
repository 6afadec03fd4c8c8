// A trained model as one C++ file that needs nothing: for a microcontroller, a game, or a program of somebody else.
#pragma once

#include <span>
#include <string>

#include "cambium/framework/export/lower.h"
#include "cambium/framework/files/weights_file.h"

namespace cambium {

struct CppOptions {
  std::string name = "model";          // of the file's namespace: a word of C++
  std::vector<std::string> classes{};  // what the outputs are called, or nothing
};

// The text of such a file: C++11, weights as arrays of float, plain loops for one sample, no heap, no exceptions, and <math.h> only
// where a layer needs it. What it declares:
//
//     namespace NAME {
//     enum { x_size = 784, y_size = 10, memory_size = 6272 };
//     void predict(const float* x, float* y);                   in memory of its own: one call at a time
//     void predict(const float* x, float* y, float* memory);    in memory_size floats of the caller: any number of calls at a time
//     extern const char* const classes[10];                     where there are classes
//     }
//
// With several inputs or outputs they are x0, x1, ..., y0, y1, ..., in the order of the model. None may lie where another does.
// Values that are not needed at the same time share memory. The notes stand in it as comments.
//
// Errors: a name that is no word.
std::string cpp_file(const inference::Program& program, const CppOptions& options = {}, std::span<const WeightsNote> notes = {});

// Lowers, and writes the file whole or not at all (atomic_file.h). Errors: those of lower() too, and whatever the system refuses.
void write_cpp(const Graph& graph, const Weights& weights, const std::string& path, const CppOptions& options = {},
               std::span<const WeightsNote> notes = {}, const LowerOptions& lowering = {});

}  // namespace cambium

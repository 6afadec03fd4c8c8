// Programs that run exported files, each in a process of its own: a compiler, and whatever reads ONNX here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/data/temp_folder.h"
#include "tests/export/export_case.h"

namespace cambium {

struct Verdict {
  int code = -1;  // how the judge ended
  std::string said;
  double worst = 0;  // error of a model, error_of_outputs
};

// Compiles the C++ files of all cases as C++11 without a standard library, all warnings being errors, and runs them. Nothing, and
// said aloud, where there is no g++.
std::optional<Verdict> judged_by_compiler(const std::vector<ExportCase>& cases);

// As NAME.onnx, and NAME.json with what goes in and what has to come out.
void write_for_judges(const std::vector<ExportCase>& cases, const cambium_tests::TempFolder& folder);

// What a reader of our own in Python, which needs nothing but Python, makes of the files of a folder; python3-onnx, whose checker
// and shape inference look at them; ONNX Runtime of Node, where CAMBIUM_ONNXRUNTIME is a folder with node_modules/onnxruntime-node.
// Nothing, and said aloud, where there is no such program.
std::optional<Verdict> judged_by_python(const cambium_tests::TempFolder& folder);
std::optional<Verdict> judged_by_checker(const cambium_tests::TempFolder& folder);
std::optional<Verdict> judged_by_onnxruntime(const cambium_tests::TempFolder& folder);

}  // namespace cambium

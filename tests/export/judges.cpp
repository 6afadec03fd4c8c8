#include "tests/export/judges.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "cambium/framework/export/cpp_file.h"
#include "cambium/framework/export/onnx.h"

namespace cambium {
namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;

const std::string scripts = std::string(CAMBIUM_SOURCE) + "/tests/export/";

Verdict run(const TempFolder& folder, const std::string& command) {
  const int status = std::system(fmt::format("cd '{}' && {{ {} ; }} >said 2>&1 </dev/null", folder.path(), command).c_str());
  Verdict verdict{WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(folder.file("said")), 0};
  if (const std::size_t at = verdict.said.rfind("worst "); at != std::string::npos)
    verdict.worst = std::strtod(verdict.said.c_str() + at + 6, nullptr);
  return verdict;
}

// Whether the command works here; if not, says what is skipped.
bool is_there(const std::string& command, const std::string& what) {
  if (std::system((command + " >/dev/null 2>&1 </dev/null").c_str()) == 0) return true;
  fmt::print("SKIPPED exported files {}\n", what);
  return false;
}

std::string bytes_of(const std::vector<std::vector<real>>& all) {
  std::string bytes;
  for (const std::vector<real>& values : all)
    for (const real value : values) {
      const float single = static_cast<float>(value);
      bytes.append(reinterpret_cast<const char*>(&single), sizeof(single));
    }
  return bytes;
}

std::size_t size_of(const ExportCase& of, const std::vector<real>& values) { return values.size() / as_size(of.samples); }

// What calls predict of one model for every sample of NAME.x and writes NAME.y, input after input and output after output.
std::string caller(const ExportCase& of) {
  std::string types, called, total_x = "0", total_y = "0";
  const auto take = [&](const std::vector<std::vector<real>>& all, const char* type, const char* name, std::string& total) {
    for (const std::vector<real>& values : all) {
      const std::size_t size = size_of(of, values);
      types += fmt::format("{}{}", types.empty() ? "" : ", ", type);
      called += fmt::format("{}&{}[({}) * {} + s * {}]", called.empty() ? "" : ", ", name, total, of.samples, size);
      total += fmt::format(" + {}", size);
    }
  };
  take(of.x, "const float*", "x", total_x), take(of.y, "float*", "y", total_y);
  return fmt::format(
      "namespace {0}_model {{ void predict({1}); }}\n"
      "static bool run_{0}() {{\n  std::vector<float> x(({2}) * {4}), y(({3}) * {4});\n"
      "  FILE* in = fopen(\"{0}.x\", \"rb\");\n"
      "  if (!in || fread(x.data(), 4, x.size(), in) != x.size()) return false;\n  fclose(in);\n"
      "  for (int s = 0; s < {4}; ++s) {0}_model::predict({5});\n"
      "  FILE* out = fopen(\"{0}.y\", \"wb\");\n  fwrite(y.data(), 4, y.size(), out);\n  return fclose(out) == 0;\n}}\n",
      of.name, types, total_x, total_y, of.samples, called);
}

std::vector<std::vector<float>> outputs_from(const ExportCase& of, const std::string& bytes) {
  std::vector<std::vector<float>> all;
  std::size_t at = 0;
  for (const std::vector<real>& values : of.y) {
    std::vector<float>& to = all.emplace_back(values.size());
    if (at + 4 * to.size() <= bytes.size()) std::memcpy(to.data(), bytes.data() + at, 4 * to.size());
    at += 4 * to.size();
  }
  if (at != bytes.size()) all.clear();
  return all;
}

std::string json_of(const ExportCase& of, const std::vector<int>& entries, const std::vector<std::vector<real>>& all) {
  std::string text;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Graph::Entry& entry = of.graph.entries()[as_size(entries[k])];
    std::string sizes = std::to_string(of.samples), values;
    for (int axis = 0; axis < entry.shape.rank(); ++axis) sizes += ", " + std::to_string(entry.shape[axis]);
    for (const real value : all[k]) values += fmt::format("{}{}", values.empty() ? "" : ", ", static_cast<float>(value));
    text += fmt::format("{}\"{}\": {{\"sizes\": [{}], \"values\": [{}]}}", text.empty() ? "" : ", ", entry.name, sizes, values);
  }
  return text;
}

}  // namespace

std::optional<Verdict> judged_by_compiler(const std::vector<ExportCase>& cases) {
  if (!is_there("g++ --version", "in C++: there is no g++")) return std::nullopt;
  const TempFolder folder;
  std::string models, callers = "#include <stdio.h>\n#include <vector>\n", calls;
  for (const ExportCase& each : cases) {
    models += cpp_file(each.program(), {.name = each.name + "_model", .classes = {"a\"b", "\?\?/", "c\\"}},
                       std::vector<WeightsNote>{{"note", "\?\?/\nof two lines\\"}});
    callers += caller(each), calls += fmt::format(" && run_{}()", each.name);
    write_bytes(folder.file(each.name + ".x"), bytes_of(each.x));
  }
  write_bytes(folder.file("models.cpp"), models);
  write_bytes(folder.file("main.cpp"), callers + "int main() { return true" + calls + " ? 0 : 1; }\n");
  Verdict verdict = run(folder,
                        "g++ -std=c++11 -ffreestanding -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Wshadow "
                        "-Werror -O1 -c models.cpp && g++ -std=c++11 -O0 main.cpp models.o -o models && ./models");
  if (verdict.code != 0) return verdict;
  for (const ExportCase& each : cases) {
    const double error = error_of_outputs(each, outputs_from(each, read_bytes(folder.file(each.name + ".y"))));
    if (!(error <= allowed_error)) verdict.said += fmt::format("{}: {}\n", each.name, error);
    verdict.worst = std::max(verdict.worst, error);
  }
  return verdict;
}

void write_for_judges(const std::vector<ExportCase>& cases, const TempFolder& folder) {
  for (const ExportCase& each : cases) {
    write_bytes(folder.file(each.name + ".onnx"), onnx_bytes(each.program(), std::vector<WeightsNote>{{"case", each.name}}));
    write_bytes(folder.file(each.name + ".json"),
                fmt::format("{{\"inputs\": {{{}}}, \"outputs\": {{{}}}}}\n", json_of(each, each.graph.inputs(), each.x),
                            json_of(each, each.graph.outputs(), each.y)));
  }
}

std::optional<Verdict> judged_by_python(const TempFolder& folder) {
  if (!is_there("python3 --version", "in Python: there is no python3")) return std::nullopt;
  return run(folder, "python3 '" + scripts + "run_onnx.py' *.onnx");
}

std::optional<Verdict> judged_by_checker(const TempFolder& folder) {
  if (!is_there("/usr/bin/python3 -c 'import onnx'", "by the checker of python3-onnx: it is not installed")) return std::nullopt;
  return run(folder, "/usr/bin/python3 '" + scripts + "check_onnx.py' *.onnx");
}

std::optional<Verdict> judged_by_onnxruntime(const TempFolder& folder) {
  const char* where = std::getenv("CAMBIUM_ONNXRUNTIME");
  const std::string modules = where ? std::string(where) + "/node_modules" : "";
  if (!is_there(fmt::format("NODE_PATH='{}' node -e 'require(\"onnxruntime-node\")'", modules),
                "by ONNX Runtime: CAMBIUM_ONNXRUNTIME names no folder with node_modules/onnxruntime-node"))
    return std::nullopt;
  return run(folder, fmt::format("NODE_PATH='{}' node '{}run_onnxruntime.js' *.onnx", modules, scripts));
}

}  // namespace cambium

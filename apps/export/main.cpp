// Writes a model that train has saved as an ONNX file, or as one C++ file.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/export/notes.h"
#include "apps/export/options.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/export/cpp_file.h"
#include "cambium/framework/export/cpp_text.h"
#include "cambium/framework/export/onnx.h"

namespace {

using namespace cambium;
using exporting::Options;

// The file's own name as a word, which ends in "model": no such word has a meaning in C++.
std::string namespace_of(const std::string& path) {
  std::string word = CppWords().word(std::filesystem::path(path).stem().string());
  if (!word.ends_with("model")) word += word.ends_with('_') ? "model" : "_model";
  return word;
}

int run(const Options& options) {
  const apps::ModelDescription model = apps::description_of(options.model);
  if (options.softmax && !model.names_classes())
    throw Error(options.model + ": gives values, and --softmax is for classes", "leaving --softmax out");
  const Graph graph = apps::graph_of(model, options.model);
  Weights weights(graph);
  load_weights(weights, options.model);

  const std::vector<WeightsNote> notes = exporting::notes_for(model, options.softmax);
  const LowerOptions lowering{.softmax = options.softmax, .fold = options.fold};
  if (options.cpp)
    write_cpp(graph, weights, options.out, {.name = namespace_of(options.out), .classes = model.classes}, notes, lowering);
  else
    write_onnx(graph, weights, options.out, notes, lowering);
  apps::begin();
  apps::say("{}: {} in, {} out, {} weights\n", shown(options.out), model.input.str(), model.outputs, weights.parameters());
  return 0;
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<Options> options = exporting::read_options(words);
  return options ? run(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("export", argc, argv, read_and_run); }

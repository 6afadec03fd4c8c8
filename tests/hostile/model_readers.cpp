// Models: safetensors, weights, checkpoints, descriptions of models, lines of layers.
#include <algorithm>
#include <cstring>

#include "apps/common/model_file.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/load_options.h"
#include "cambium/framework/files/safetensors.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "cambium/models/line.h"
#include "tests/hostile/model_files.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using namespace cambium;

Check read_safetensors(const std::string& bytes) {
  const MemoryFile file(bytes);
  auto read = std::make_shared<SafetensorsFile>(SafetensorsFile::read(file.path()));
  return [read] {
    std::vector<NamedTensor> tensors;
    for (const SafetensorsFile::Tensor& t : read->tensors()) {
      if (t.dtype == Dtype::other) return;  // which is not written
      tensors.push_back({t.name, t.dtype, t.sizes, t.bytes.data()});
    }
    static const TempFolder folder(quick_folder());
    write_safetensors(folder.file("f"), tensors, read->metadata());
    const SafetensorsFile again = SafetensorsFile::read(folder.file("f"));
    require(again.metadata() == read->metadata() && again.tensors().size() == tensors.size(),
            "a safetensors file does not come back");
    for (const NamedTensor& t : tensors) {
      const auto &a = again.at(t.name), &b = read->at(t.name);
      require(a.sizes == b.sizes && a.dtype == b.dtype && std::ranges::equal(a.bytes, b.bytes), "a tensor does not come back");
    }
  };
}

Check nothing_more() {
  return [] {};
}

// Into the model of the files in model_files.h, whole and in part.
Check read_weights(const std::string& bytes) {
  static Weights weights(hostile_model());
  const MemoryFile file(bytes);
  load_weights(weights, file.path());
  weights.copy();  // whatever was loaded can be used
  load_weights(weights, file.path(), {.partial = true});
  return nothing_more();
}

Check read_checkpoint(const std::string& bytes) {
  static Weights weights(hostile_model());
  const MemoryFile file(bytes);
  Training training;
  CheckpointFile(file.path()).load(weights, [&](StateDict& dict) { training.state_dict(dict); });
  return [training] { require(training.step >= 0 && training.epoch >= 0, "a checkpoint of a count below 0"); };
}

// The text that says what a model is, as the note of a file of weights.
Check read_description(const std::string& bytes) {
  const MemoryFile file(file_with_note(bytes));
  auto description = std::make_shared<apps::ModelDescription>(apps::description_of(file.path()));
  const Graph graph = apps::graph_of(*description);
  return [description] {
    const std::string text = apps::notes_of(*description)[0].text;
    const MemoryFile again(file_with_note(text));
    require(apps::notes_of(apps::description_of(again.path()))[0].text == text, "a description of a model does not come back");
  };
}

// For images; and, where that does not do, for a flat sample.
Check read_line(const std::string& bytes) {
  Shape input = {3, 12, 12};
  std::string printed;
  try {
    printed = models::line_of(models::graph_from_line(input, bytes));
  } catch (const Error&) {
    input = {20};
    printed = models::line_of(models::graph_from_line(input, bytes));
  }
  return [input, printed] {
    require(models::line_of(models::graph_from_line(input, printed)) == printed, "a line does not come back as it was printed");
  };
}

}  // namespace

std::vector<Format> model_formats() {
  return {{"safetensors", read_safetensors, memory_place, nullptr, beside_json},
          {"weights", read_weights, memory_place, repaired_safetensors, beside_json},
          {"checkpoint", read_checkpoint, memory_place, repaired_safetensors, beside_json},
          {"description", read_description, memory_place, nullptr, beside_json},
          {"line", read_line, ""}};
}

}  // namespace cambium_tests

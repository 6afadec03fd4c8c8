// Files of models, byte by byte, and the small model and training that they belong to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/graph/graph.h"

namespace cambium_tests {

std::string length_bytes(std::uint64_t length);                                 // of a header, the low one first
std::string safetensors_of(const std::string& header, std::size_t values = 0);  // a file with so many bytes of values
std::string tensor_text(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets);

cambium::Graph hostile_model();

// What such a training has beside the weights.
struct Training {
  long step = 7, epoch = 1;
  bool within = true;
  std::vector<cambium::real> moments = std::vector<cambium::real>(4, cambium::real(0.5));
  void state_dict(cambium::StateDict& dict) {
    dict.value("step", step, 0L), dict.value("epoch", epoch, 0L), dict.value("within", within), dict.values("m", moments);
  }
};

std::string weights_bytes();     // as save_weights writes them
std::string checkpoint_bytes();  // as save_checkpoint does

// A file without weights whose note of the model is this text.
std::string file_with_note(const std::string& text);
std::string table_format_text();  // of a table of numbers and texts
std::string description_text();   // of a model that is one

}  // namespace cambium_tests

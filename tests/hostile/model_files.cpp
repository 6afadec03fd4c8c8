#include "tests/hostile/model_files.h"

#include "apps/common/model_file.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/weights_file.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/normalization/online_norm.h"
#include "tests/data/temp_folder.h"
#include "tests/hostile/memory_file.h"

namespace cambium_tests {

using namespace cambium;

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

std::string safetensors_of(const std::string& header, std::size_t values) {
  return length_bytes(header.size()) + header + std::string(values, 'v');
}

std::string tensor_text(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets + "]}";
}

Graph hostile_model() { return Sequential(Shape(2), OnlineNorm(), Dense(2)); }

std::string weights_bytes() {
  const TempFolder folder;
  const Weights weights(hostile_model(), 1);
  save_weights(weights, folder.file("f"));
  return read_bytes(folder.file("f"));
}

std::string checkpoint_bytes() {
  const TempFolder folder;
  const Weights weights(hostile_model(), 1);
  Training training;
  save_checkpoint(
      weights, [&](StateDict& dict) { training.state_dict(dict); }, folder.file("f"));
  return read_bytes(folder.file("f"));
}

std::string file_with_note(const std::string& text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string json = std::string("{\"__metadata__\":{\"") + apps::model_key + "\":\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20)
      json += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      json += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  }
  return safetensors_of(json + "\"}}");
}

std::string table_format_text() {
  const MemoryFile file("a,kind,y\n1,ant,0\n,bee,1\n3,ant,0\n");
  return load_csv(file.path(), {.label = "y", .labels = CsvOptions::Labels::classes, .missing = CsvOptions::Missing::mean})
      .format.text();
}

std::string description_text() {
  apps::ModelDescription d;
  d.layers = "conv 4 k3, batch_norm, affine, relu, pool 2, flatten, dense 3 as head", d.input = Shape{3, 12, 12}, d.outputs = 3;
  d.classes = {"ant", "bee", "caf\xc3\xa9"}, d.reader = "images", d.reading = "{\"fit\":\"crop\"}";
  return apps::notes_of(d)[0].text;
}

}  // namespace cambium_tests

// Weights and checkpoints that were changed, and descriptions and lines that are none.
#include <cmath>
#include <limits>
#include <string>

#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/safetensors.h"
#include "tests/hostile/files.h"
#include "tests/hostile/model_files.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using namespace cambium;

struct Changes {
  std::string drop{};          // a tensor, or a text of the metadata
  std::string rename{}, to{};  // a tensor
  std::string set{};           // all numbers of a tensor
  double value = 0;
  std::vector<std::int64_t> sizes{};  // of that tensor: with zeros in it
  Metadata texts{};                   // in the place of those that there are
  bool sealed = true;                 // has the checksum of what is in it
};

// The file with something in it changed. The checksum is that of what it holds then.
std::string changed(const std::string& bytes, const Changes& how) {
  const MemoryFile memory(bytes);
  const SafetensorsFile file = SafetensorsFile::read(memory.path());
  std::vector<NamedTensor> tensors;
  std::vector<std::vector<double>> kept;
  kept.reserve(file.tensors().size());
  for (const SafetensorsFile::Tensor& t : file.tensors()) {
    if (t.name == how.drop) continue;
    tensors.push_back({t.name == how.rename ? how.to : t.name, t.dtype, t.sizes, t.bytes.data()});
    if (t.name != how.set) continue;
    if (!how.sizes.empty()) tensors.back().sizes = how.sizes;
    kept.push_back(std::vector<double>(100, how.value));
    tensors.back().dtype = Dtype::f64, tensors.back().data = kept.back().data();
  }
  Metadata metadata = file.metadata();
  for (const auto& [key, text] : how.texts) metadata[key] = text;
  metadata.erase(how.drop);
  if (how.sealed && metadata.contains("checksum")) metadata["checksum"] = checksum_of(tensors, metadata, "checksum");
  const TempFolder folder(quick_folder());
  write_safetensors(folder.file("f"), tensors, metadata);
  return read_bytes(folder.file("f"));
}

// So that a few numbers more or less do not change the place of what is meant.
std::string with_byte(std::string bytes, std::size_t from_end) {
  bytes[bytes.size() - from_end] ^= 1;
  return bytes;
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

}  // namespace

HostileFiles hostile_weights() {
  const std::string good = weights_bytes();
  return {
      "weights",
      {{changed(good, {.drop = "dense_1.bias"}), "dense_1.bias 2: only in the model", "weights without a tensor"},
       {changed(good, {.rename = "dense_1.bias", .to = "\xe2\x80\xae.bias"}), "\\u{202e}.bias 2: only in the file",
        "a tensor whose name turns the line around"},
       {changed(good, {.set = "dense_1.bias", .sizes = {3}}), "dense_1.bias: 3 in the file, 2 in the model",
        "a tensor of other sizes"},
       {changed(good, {.set = "dense_1.bias", .sizes = {2, 0, 7}}), "dense_1.bias: 2x0x7 in the file, 2 in the model",
        "a tensor without numbers"},
       {changed(good, {.set = "dense_1.bias", .value = nan}), "dense_1.bias has the value nan at 0", "not a number"},
       {changed(good, {.set = "dense_1.weight", .value = -inf}), "dense_1.weight has the value -inf at 0", "an infinite number"},
       {changed(good, {.set = "online_norm_1.var", .value = -1}), "online_norm_1.var has the value -1 at 0", "a variance below 0"},
       {changed(good, {.set = "online_norm_1.count", .value = 1e300}), "online_norm_1.count has the value 1e+300 at 0",
        "a count that no double can hold"},
       {changed(good, {.texts = {{"version", "2"}}}), "its version is '2', and 1 is the only one", "a version that is not known"},
       {changed(good, {.texts = {{"version", "\x1b]0;x\a"}}}), "its version is '\\x1b]0;x\\x07'",
        "a version that renames the terminal"},
       {changed(good, {.texts = {{"weights_version", "-1"}}}), "its weights_version is '-1'", "a count below 0"},
       {changed(good, {.texts = {{"weights_version", "99999999999999999999"}}}), "its weights_version is '99999999999999999999'",
        "a count beyond 64 bits"},
       {changed(good, {.texts = {{"checksum", "crc32:00000000"}}, .sealed = false}),
        "its checksum is 'crc32:00000000', and that of what it holds is", "another checksum"},
       {with_byte(good, 1), "its checksum is 'crc32:", "one bit of the last number"},
       {safetensors_of("{}"), "it holds 0 tensors", "a file of nothing"},
       {safetensors_of("{" + tensor_text("dense_1.bias", "F8_E4M3", "2", "0,2") + "}", 2), "dense_1.bias: F8_E4M3 in the file",
        "numbers of a type that is not known"}}};
}

HostileFiles hostile_checkpoints() {
  const std::string good = checkpoint_bytes(), field = "training/step";
  const auto set = [&](const char* name, double value) { return changed(good, {.set = name, .value = value}); };
  return {"checkpoint",
          {{weights_bytes(), "is no checkpoint: it holds no training", "weights alone"},
           {changed(good, {.drop = "checksum"}), "is no checkpoint: it holds no training", "a checkpoint without a checksum"},
           {with_byte(good, 1), "its checksum is 'crc32:", "one bit of the last number"},
           {changed(good, {.texts = {{"checksum", "crc32:00000000"}}, .sealed = false}), "its checksum is 'crc32:00000000'",
            "another checksum"},
           {good.substr(0, good.size() - 1), "ends at ", "a checkpoint without its last byte"},
           {good.substr(0, good.size() / 2), "the header should be ", "half a checkpoint"},
           {good.substr(0, 100), "the header should be ", "a checkpoint that ends in its header"},
           {"", "is 0 bytes long"},
           {std::string(4096, '\0'), "does not begin with '{'", "a block of zeros, as after a power cut"},
           {good + std::string(4096, '\0'), "bytes at the end belong to no tensor", "a checkpoint, and zeros behind it"},
           {changed(good, {.texts = {{"version", "2"}}}), "its version is '2'", "a checkpoint of a later version"},
           {changed(good, {.drop = field}), "'training/step' is not in it, and this training needs it",
            "a checkpoint without its step"},
           {changed(good, {.drop = "training/m"}), "'training/m' is not in it", "a checkpoint without its moments"},
           {changed(good, {.rename = field, .to = "training/steps"}), "'training/step' is not in it", "a field of another name"},
           {changed(good, {.rename = "dense_1.bias", .to = "training/bias"}), "dense_1.bias 2: only in the model",
            "a weight that became a field"},
           {changed(good, {.rename = "training/m", .to = "m"}), "m 4: only in the file", "a field that became a weight"},
           {set("training/step", -1), "'training/step'", "a step below 0"},
           {set("training/step", 0.5), "'training/step'", "half a step"},
           {set("training/step", 1e300), "'training/step'", "a step that no whole number can be"},
           {set("training/step", nan), "'training/step'", "a step that is no number"},
           {set("training/within", 2), "'training/within'", "neither true nor false"},
           {changed(good, {.set = "training/epoch", .sizes = {2}}), "'training/epoch' has 2 numbers, and this training has 1",
            "two epochs"},
           {changed(good, {.set = "training/m", .sizes = {5}}), "'training/m'", "one moment more"},
           {set("training/m", inf), "'training/m'", "an infinite moment"},
           {set("dense_1.weight", nan), "dense_1.weight has the value nan at 0", "a weight that is no number"}}};
}

HostileFiles hostile_descriptions() {
  const std::string good = description_text();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    require(text.find(from) != text.npos, "the description has no " + from);
    return text.replace(text.find(from), from.size(), to);
  };
  std::string names = "\"ant\"";
  for (int i = 0; i < 100000; ++i) names += ",\"\"";
  return {
      "description",
      {{"", ": cambium.model: no JSON from its byte "},
       {"[]", "its description of the model has nothing for 'model', which must be a text"},
       {"{}", "its description of the model has nothing for 'model', which must be a text"},
       {"{\"model\":\"\"", "no JSON from its byte"},
       {good + "x", "no JSON from its byte", "a description, and a letter behind it"},
       {std::string(100000, '['), "nested deeper than 16"},
       {with("\"model\":\"\"", "\"model\":7"), "has a number for 'model', which must be a text", "a number as a name"},
       {with("\"model\":\"\"", "\"model\":\"mlp\""), "has not one of 'model' and 'layers'", "two models"},
       {with("\"outputs\":3", "\"outputs\":4"), "has 3 classes for 4 outputs", "an output without a class"},
       {with("\"outputs\":3", "\"outputs\":-3"), "a 'outputs' that is no whole number up to 16777216", "outputs below 0"},
       {with("\"outputs\":3", "\"outputs\":3.5"), "a 'outputs' that is no whole number up to 16777216", "half an output"},
       {with("\"outputs\":3", "\"outputs\":1e300"), "a 'outputs' that is no whole number up to 16777216",
        "more outputs than can be counted"},
       {with("[3,12,12]", "[]"), "'input' of sizes that no sample has", "a sample of no sizes"},
       {with("[3,12,12]", "[0,12,12]"), "'input' of sizes that no sample has", "a sample of nothing"},
       {with("[3,12,12]", "[16777216,16777216,16777216]"), "'input' of sizes that no sample has", "a sample of 2^72 values"},
       {with("[3,12,12]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"), "'input' of sizes that no sample has",
        "a sample of 20 sizes"},
       {with("[3,12,12]", "[3,\"12\",12]"), "a 'input' that is no whole number", "a size that is a text"},
       {with("\"bee\"", "null"), "has null in 'classes', where texts are needed", "a class without a name"},
       {with("\"ant\"", names), "has 100003 classes for 3 outputs", "100,003 classes"},
       {with("\"error_bars\":false", "\"error_bars\":true"), "has error bars where there can be none", "error bars on classes"},
       {with("\"error_bar_factor\":1", "\"error_bar_factor\":-1"), "a factor on its error bars that is none", "error bars below 0"},
       {with("\"target_deviation\":1", "\"target_deviation\":0"), "a scale of its values that is no scale", "values divided by 0"},
       {with("\"images\"", "\"\\u001b[2J\""), "has '\\x1b[2J' as the reader of its input", "a reader that clears the screen"},
       {with("dense 3 as head", "dense 4 as head"), "its model: it does not have 3 outputs", "a model of another size"},
       {with("\"outputs\":3", "\"outputs\":3,\"outputs\":3"), "the name 'outputs' is there twice", "outputs twice"},
       {with("dense 3 as head", "dense 3 as \\u001b[2J"), "its model: column ", "a layer whose name clears the screen"},
       {with("dense 3 as head", "conv 3 k2000000000"), "its model: column ", "a kernel of 4 * 10^18 places"},
       {with("flatten", "1000x(1000x(relu)), flatten"), "its model: column ", "a million layers"}}};
}

HostileFiles hostile_lines() {
  std::string nested = "relu", layers = "relu";
  for (int i = 0; i < 20000; ++i) nested = "1x(" + nested + ")";
  for (int i = 0; i < 12000; ++i) layers += ", relu";
  return {"line",
          {{"", "the line has no layers"},
           {std::string(100001, ' '), "100000"},
           {std::string(50000, ','), "there is no layer before this ','"},
           {std::string(50000, '('), "a bracket"},
           {nested.substr(0, 90000), "brackets inside each other"},
           {layers, "the model comes to more than 1000 layers"},
           {std::string(50000, 'x'), "a word of 50000 characters, and 1000 are the limit"},
           {"dense " + std::string(50000, '9'), "a word of 50000 characters, and 1000 are the limit"},
           {"dense " + std::string(900, '9'), "is not a whole number below 2^31"},
           {"dense \x1b[2J", "the byte 0x1b in "},
           {"dense 3 as \xe2\x80\xae", "the byte 0xe2 in "},
           {std::string("dense 3\0 as x", 13), "the byte 0x00 in "},
           {"4294967297x(relu)", "the model comes to more than 1000 layers"},
           {"18446744073709551617x(relu)", "the model comes to more than 1000 layers"},
           {"flatten, dense 2147483648", "is not a whole number below 2^31"},
           {"dropout 1e-400", ""},
           {"dropout nan", "dropout has no option 'nan'"},
           {"dropout rate=nan", "is not a number"},
           {"relu with rate=inf", ""}}};
}

}  // namespace cambium_tests

#include "cambium/framework/files/weights_file.h"

#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/parts/weights_content.h"
#include "cambium/framework/files/safetensors.h"

namespace cambium {

using namespace weights_content;

namespace {
constexpr const char* out_of_memory = "closing other programs";
}

void save_weights(const Weights& weights, const std::string& path, std::span<const WeightsNote> notes) try {
  const InUse::Look look(weights.in_use(), "these weights", one_thread);
  check_numbers(weights, path + ": cannot be written, since nothing could load it");
  const std::vector<NamedTensor> tensors = tensors_of(weights);
  Metadata metadata = metadata_of(weights, notes);
  metadata[checksum_key] = checksum_of(tensors, metadata, checksum_key);
  write_safetensors(path, tensors, metadata, [&] { look.check(); });
} catch (const std::bad_alloc&) {
  no_memory_for("the header of a file of weights", 0, out_of_memory);
}

void check_save_weights(const Weights& weights, const std::string& path, std::span<const WeightsNote> notes) try {
  check_safetensors(path, tensors_of(weights), metadata_of(weights, notes));
} catch (const std::bad_alloc&) {
  no_memory_for("the header of a file of weights", 0, out_of_memory);
}

void load_weights(Weights& weights, const std::string& path) try {
  const InUse::Hold hold(weights.in_use(), "these weights", one_thread);
  const Places places = places_of(weights);
  const SafetensorsFile file =
      SafetensorsFile::read(path, {}, [&](const SafetensorsFile& header) { check_header(places, header); });
  check_checksum(file, checksum_key);
  check_content(places, file);
  take(weights, places, file);
} catch (const std::bad_alloc&) {
  no_memory_for("what a file of weights holds", weights.bytes(), out_of_memory);
}

std::vector<WeightsNote> read_notes(const std::string& path) try {
  struct Enough {};  // ends the reading before the values
  std::vector<WeightsNote> notes;
  try {
    SafetensorsFile::read(path, {}, [&](const SafetensorsFile& file) {
      notes = notes_of(file);
      throw Enough();
    });
  } catch (const Enough&) {
  }
  return notes;
} catch (const std::bad_alloc&) {
  no_memory_for("the header of a file of weights", 0, out_of_memory);
}

}  // namespace cambium

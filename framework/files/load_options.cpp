#include "cambium/framework/files/load_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/parts/weights_content.h"
#include "cambium/framework/files/safetensors.h"

namespace cambium {

using namespace weights_content;

namespace {

// Calls the places by their names in the file. Throws for a table that cannot be meant.
void rename(Places& places, const std::vector<TensorName>& names) {
  std::set<std::string> named;
  for (const TensorName& name : names) {
    const auto place = std::ranges::find(places, name.in_model, &Place::name);
    if (place == places.end()) {
      std::vector<std::string> known;
      for (const Place& one : places) known.push_back(one.name);
      throw Error(fmt::format("load_weights: the model has no {}{}", in_quotes(name.in_model), did_you_mean(name.in_model, known)),
                  "a name from its summary");
    }
    if (!named.insert(name.in_model).second)
      throw Error(fmt::format("load_weights: {} is named twice", in_quotes(name.in_model)), "one tensor of the file for each");
    place->in_file = name.in_file;
  }
}

}  // namespace

LoadedWeights load_weights(Weights& weights, const std::string& path, const LoadOptions& options) {
  const InUse::Hold hold(weights.in_use(), "these weights", one_thread);
  Places places = places_of(weights);
  rename(places, options.names);
  LoadedWeights result;
  const auto check = [&](const SafetensorsFile& file) {
    const auto stays = [&](const Place& place) { return options.partial && !fits(place, file); };
    for (const Place& place : places) (stays(place) ? result.left : result.loaded).push_back(place.name);
    std::erase_if(places, stays);
    if (options.partial && places.empty())
      throw Error(fmt::format("weights file {}: not one of its {} tensors has the name and the shape of one of the model", path,
                              file.tensors().size()),
                  "LoadOptions::names");
    check_header(places, file, options.partial || !options.names.empty());
  };
  const SafetensorsFile file = SafetensorsFile::read(path, {}, check);
  check_checksum(file, checksum_key);
  check_content(places, file);
  take(weights, places, file);
  for (const SafetensorsFile::Tensor& tensor : file.tensors())
    if (std::ranges::find(places, tensor.name, &Place::in_file) == places.end()) result.unused.push_back(tensor.name);
  return result;
}

}  // namespace cambium

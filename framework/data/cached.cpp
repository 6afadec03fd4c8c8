#include "cambium/framework/data/cached.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/stream.h"

namespace cambium {
namespace {

MemoryDataset read_all(const Dataset& set) {
  const std::vector<Shape> shapes = set.input_shapes();
  const std::vector<Dataset::TargetKind> kinds = set.target_kinds();
  std::vector<std::vector<real>> inputs(shapes.size()), values(kinds.size());
  std::vector<std::vector<int>> labels(kinds.size());
  std::vector<real> weights;
  const auto count = static_cast<std::size_t>(set.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) inputs[i].reserve(count * static_cast<std::size_t>(shapes[i].size()));

  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(set.size(), 64)), .shuffle = false});
  while (const Batch* batch = stream.next()) {
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    for (std::size_t i = 0; i < shapes.size(); ++i) append(inputs[i], batch->inputs[i]);
    for (std::size_t t = 0; t < kinds.size(); ++t) {
      if (kinds[t].classes > 0)
        append(labels[t], batch->targets[t].labels);
      else
        append(values[t], batch->targets[t].values);
    }
    if (set.has_weights() && !kinds.empty()) append(weights, batch->targets[0].weights);
  }

  MemoryDataset all;
  for (std::size_t i = 0; i < shapes.size(); ++i) all.add_input(shapes[i], std::move(inputs[i]));
  for (std::size_t t = 0; t < kinds.size(); ++t) {
    if (kinds[t].classes > 0)
      all.add_target(std::move(labels[t]), kinds[t].classes, kinds[t].shape);
    else
      all.add_target(kinds[t].shape, std::move(values[t]));
  }
  if (!weights.empty()) all.add_weights(std::move(weights));
  if (const auto names = set.class_names(); !names.empty()) all.name_classes(names);
  return all;
}

}  // namespace

MemoryDataset cached(const Dataset& set) {
  constexpr const char* remedy = "the set itself, which a stream reads ahead";
  try {
    return read_all(set);
  } catch (const std::bad_alloc&) {
    throw Error("cached: " + set.describe() + " are more than memory holds", remedy);
  } catch (const std::length_error&) {
    throw Error("cached: " + set.describe() + " are more than memory holds", remedy);
  }
}

}  // namespace cambium

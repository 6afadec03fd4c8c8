#include "apps/compare_norms/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "apps/common/data_place.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/mnist.h"

namespace compare_norms {

using namespace cambium;

namespace {

Part part_of(MemoryDataset set) {
  Part part{std::make_shared<const MemoryDataset>(std::move(set)), {}};
  part.labels.resize(static_cast<std::size_t>(part.size()));
  std::vector<std::int64_t> rows;
  std::vector<real> pixels;
  for (std::int64_t from = 0; from < part.size(); from += 1000) {
    rows.resize(static_cast<std::size_t>(std::min<std::int64_t>(1000, part.size() - from)));
    std::iota(rows.begin(), rows.end(), from);
    pixels.resize(rows.size() * digit_pixels);
    const View x{pixels.data(), Shape{1, 28, 28}, static_cast<int>(rows.size())};
    const std::span<int> labels(part.labels.data() + from, rows.size());
    const View none{};
    part.set->fetch(rows, {&x, 1}, {&labels, 1}, {&none, 1});
  }
  return part;
}

void check(const MemoryDataset& set, const std::string& folder) {
  if (const Shape shape = set.input_shapes()[0]; !(shape == Shape{1, 28, 28}))
    throw Error(fmt::format("{}: images of {}, and the networks here take 1x28x28", folder, shape.str()),
                "the folder of MNIST or of Fashion-MNIST");
}

Part load_part(const std::string& folder, Split split) {
  MemoryDataset set = load_mnist(folder, split);
  check(set, folder);
  return part_of(std::move(set));
}

}  // namespace

Data load(const std::string& where, int train, int test) {
  if (where.empty())
    return {"digits", part_of(digits(Split::train, {.count = train})), part_of(digits(Split::test, {.count = test})), true};
  return {apps::last_name(where), load_part(where, Split::train), load_part(where, Split::test), false};
}

std::vector<std::vector<std::int64_t>> rows_by_class(const std::vector<int>& labels, std::size_t count) {
  std::vector<std::vector<std::int64_t>> rows(10);
  count = std::min(count, labels.size());
  for (std::size_t i = 0; i < count; ++i) rows[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::int64_t>(i));
  for (std::size_t c = 0; c < rows.size(); ++c)
    if (rows[c].empty()) throw Error(fmt::format("class {} has none of {} training images", c, count), "images of all ten classes");
  return rows;
}

}  // namespace compare_norms

// What tests of tables share: a file with a text in it, and what a dataset holds.
#pragma once

#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/data/tables/csv.h"
#include "tests/data/temp_folder.h"

namespace cambium_tests {

struct Contents {
  std::vector<cambium::real> x, y;
  std::vector<int> labels;
};

inline Contents contents_of(const cambium::Dataset& set) {
  using namespace cambium;
  Contents all;
  const Shape shape = set.input_shapes()[0];
  const auto kinds = set.target_kinds();
  const std::size_t targets = kinds.size();
  const bool labels = targets == 1 && kinds[0].classes > 0, values = targets == 1 && !labels;
  const int count = static_cast<int>(set.size());
  const auto n = as_size(count);
  std::vector<std::int64_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::int64_t>(i);
  all.x.resize(n * as_size(shape.size()));
  all.labels.resize(labels ? n : 0);
  all.y.resize(values ? n : 0);
  const View x{all.x.data(), shape, count}, y{all.y.data(), Shape{1}, count}, none;
  const std::span<int> label(all.labels);
  set.fetch(rows, {&x, 1}, {&label, targets}, {values ? &y : &none, targets});
  return all;
}

// Numbers that depend on a seed alone.
struct Dice {
  cambium::Random random;
  std::uint64_t at = 0;
  std::uint64_t operator()(std::uint64_t sides) { return random.below(at++, sides); }
};

// Tables from texts, each in the same file.
class Tables {
  TempFolder folder_;

 public:
  const std::string path = folder_.file("t.csv");

  cambium::Table load(const std::string& text, const cambium::CsvOptions& options = {}) const {
    write_bytes(path, text);
    return load_csv(path, options);
  }
  cambium::TableDataset load_new(const std::string& text, const cambium::TableFormat& format,
                                 const cambium::NewRowOptions& options = {}) const {
    write_bytes(path, text);
    return load_new_rows(path, format, options);
  }
};

}  // namespace cambium_tests

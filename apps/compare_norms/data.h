// The samples that all networks of a comparison learn from and are tested on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cambium/framework/data/dataset.h"

namespace compare_norms {

// One part: its samples, and the label of each.
struct Part {
  std::shared_ptr<const cambium::Dataset> set;
  std::vector<int> labels;
  std::int64_t size() const { return set->size(); }
};

struct Data {
  std::string name;  // as tables call it
  Part train, test;
  bool digits = true;  // drawn by the program
};

// `where`: empty for the built-in digits, else the folder of the four IDX files of MNIST, Fashion-MNIST or a relative. Of the
// digits so many are drawn; of files all are read. Errors: those of the files; images of another size than 28x28 in one channel.
Data load(const std::string& where, int train, int test);

// The numbers of the samples of each class, of the first `count`. Error: a class has none.
std::vector<std::vector<std::int64_t>> rows_by_class(const std::vector<int>& labels, std::size_t count);

}  // namespace compare_norms

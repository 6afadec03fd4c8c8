#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/files/atomic_file.h"

namespace cambium {
namespace {

// In quotes where a reader would take it for something else.
std::string cell_of(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of("\",;|\t\r\n") == text.npos && text.front() != ' ' && text.back() != ' ';
  if (plain) return text;
  std::string cell = "\"";
  for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
  return cell + "\"";
}

std::string cell_of(real value) {
  std::string text = fmt::format("{}", value);
  return text;
}

class Writer {
 public:
  Writer(const std::string& path, const Dataset& set, std::vector<std::string> names)
      : path_(path), set_(set), names_(std::move(names)) {
    check();
    values_.resize(as_size(shape_.size()));
    target_values_.resize(as_size(target_.shape.size()));
  }

  void write() {
    AtomicFile file(path_);
    std::string text;
    for (const std::string& name : names_) text += (&name == names_.data() ? "" : ",") + cell_of(name);
    text += "\n";
    for (std::int64_t row = 0; row < set_.size(); ++row) {
      add_row(row, text);
      if (text.size() < std::size_t{1} << 16) continue;
      file.write(text.data(), text.size());
      text.clear();
    }
    file.write(text.data(), text.size());
    file.commit();
  }

 private:
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const {
    throw Error(path_ + ": cannot be written: " + problem, remedy);
  }

  void check() {
    const std::vector<Shape> inputs = set_.input_shapes();
    const std::vector<Dataset::TargetKind> targets = set_.target_kinds();
    if (set_.size() == 0 || inputs.empty()) fail("there are no samples", "at least one");
    if (inputs.size() > 1 || targets.size() > 1)
      fail("a table holds one input and one target, not " + set_.describe(), "a smaller set");
    shape_ = inputs[0];
    if (!targets.empty() && targets[0].classes > 0 && targets[0].shape.size() > 1)
      fail(set_.describe() + ", and a row has one label", "write_npy for labels at positions");
    if (shape_.rank() != 1) fail("samples of " + shape_.str() + " are no rows", "a flat input");
    if (!targets.empty()) target_ = targets[0], has_target_ = true, classes_ = set_.class_names();
    const std::size_t extra = has_target_ ? as_size(target_.shape.size()) : 0, columns = as_size(shape_.size()) + extra;
    if (names_.empty()) {
      for (int i = 0; i < shape_.size(); ++i) names_.push_back("x" + std::to_string(i));
      for (std::size_t i = 0; i < extra; ++i) names_.push_back(extra == 1 ? "label" : "label" + std::to_string(i));
    }
    if (names_.size() != columns) fail(fmt::format("{} names for {} columns", names_.size(), columns), "one name for each column");
  }

  void add_row(std::int64_t row, std::string& text) {
    const View x{values_.data(), shape_, 1}, y{target_values_.data(), target_.shape, 1}, none;
    const bool labels = target_.classes > 0;
    const std::span<int> label = labels ? std::span<int>(&label_, 1) : std::span<int>();
    const std::size_t count = has_target_ ? 1 : 0;
    set_.fetch({&row, 1}, {&x, 1}, {&label, count}, {labels ? &none : &y, count});
    set_.check_fetched();
    for (const real& value : values_) text += (&value == values_.data() ? "" : ",") + cell_of(value);
    if (has_target_ && labels) text += "," + (classes_.empty() ? std::to_string(label_) : cell_of(classes_[as_size(label_)]));
    if (has_target_ && !labels)
      for (const real value : target_values_) text += "," + cell_of(value);
    text += "\n";
  }

  const std::string& path_;
  const Dataset& set_;
  std::vector<std::string> names_, classes_;
  Shape shape_;
  Dataset::TargetKind target_;
  bool has_target_ = false;
  std::vector<real> values_, target_values_;
  int label_ = 0;
};

}  // namespace

void write_csv(const std::string& path, const Dataset& set, std::vector<std::string> names) {
  Writer(path, set, std::move(names)).write();
}

}  // namespace cambium

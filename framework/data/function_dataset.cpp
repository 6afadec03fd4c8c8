#include "cambium/framework/data/function_dataset.h"

#include <algorithm>
#include <exception>
#include <mutex>

#include "cambium/framework/base/error.h"

namespace cambium {

struct MadeDataset::Fault {
  std::mutex mutex;
  std::exception_ptr first;
};

MadeDataset::MadeDataset(std::int64_t size, SampleKind kind)
    : size_(size), kind_(std::move(kind)), fault_(std::make_shared<Fault>()) {
  if (size < 1) throw Error("dataset of a function: " + std::to_string(size) + " samples", "at least one");
  if (kind_.inputs.empty()) throw Error("dataset of a function: its samples have no input", "{{Shape{2}}, {{.classes = 2}}}");
  if (kind_.inputs.size() > 16 || kind_.targets.size() > 16)
    throw Error("dataset of a function: more than 16 inputs or targets", "joining some of them into one");
}

MadeDataset::~MadeDataset() = default;

void MadeDataset::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                        std::span<const View> values) const noexcept {
  for (const View& view : inputs) std::fill(view.begin(), view.end(), real(0));
  for (const View& view : values)
    if (view.data) std::fill(view.begin(), view.end(), real(0));
  for (const std::span<int> of_target : labels) std::fill(of_target.begin(), of_target.end(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    try {
      try {
        make(rows[i], MadeSample(inputs, labels, values, static_cast<int>(i)));
      } catch (const Error& error) {
        throw Error(name_of_row(rows[i]) + ": " + error.problem(), error.remedy());
      }
    } catch (...) {
      const std::lock_guard lock(fault_->mutex);
      if (!fault_->first) fault_->first = std::current_exception();
      return;
    }
  }
}

void MadeDataset::check_fetched() const {
  std::exception_ptr first;
  {
    const std::lock_guard lock(fault_->mutex);
    std::swap(first, fault_->first);
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace cambium

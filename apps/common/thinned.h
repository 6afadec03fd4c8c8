// A row of values that grows without end, in memory that does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace apps {

// Every value up to `most`; then every second, every fourth ... of all that came, the first among them, and always the newest.
template <class T>
class Thinned {
 public:
  explicit Thinned(std::size_t most) : most_(most) {}

  void add(T value) {
    if (count_++ % stride_ == 0) {
      if (kept_.size() == most_) halve();
      if ((count_ - 1) % stride_ == 0) kept_.push_back(value);
    }
    newest_ = std::move(value);
  }
  bool empty() const { return count_ == 0; }
  const T& newest() const { return newest_; }
  // In order, the newest last.
  std::vector<T> all() const {
    std::vector<T> values = kept_;
    if (count_ > 0 && (count_ - 1) % stride_ != 0) values.push_back(newest_);
    return values;
  }

  // To go on as this one: what is kept, how many came, and of how many one is kept.
  std::int64_t count() const { return count_; }
  std::int64_t stride() const { return stride_; }
  void go_on_from(std::vector<T> values, std::int64_t count, std::int64_t stride) {
    newest_ = values.empty() ? T() : values.back();
    count_ = count, stride_ = stride, kept_ = std::move(values);
    if (count_ > 0 && (count_ - 1) % stride_ != 0 && !kept_.empty()) kept_.pop_back();
  }

 private:
  void halve() {
    std::size_t left = 0;
    for (std::size_t i = 0; i < kept_.size(); i += 2) kept_[left++] = std::move(kept_[i]);
    kept_.resize(left), stride_ *= 2;
  }

  std::size_t most_;
  std::int64_t count_ = 0, stride_ = 1;
  std::vector<T> kept_;
  T newest_{};
};

}  // namespace apps

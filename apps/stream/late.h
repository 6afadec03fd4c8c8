// Targets that are known some rows later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/training/parts/waiting_rows.h"

namespace stream {

// A key as a number, for a learner: of two texts in 10^8 the same with a probability of about one in a billion.
inline std::int64_t number_of_key(const std::string& key) {
  return static_cast<std::int64_t>(cambium::Random(cambium::part_of_name(key)).bits(0) >> 11);
}

// A queue of so many rows: what goes in comes out that many calls later.
class Late {
 public:
  struct Target {
    double value = 0;
    bool known = false;
  };
  explicit Late(int delay) : values_(static_cast<std::size_t>(delay)), known_(values_.size()) {}

  // Takes the target of this row, and gives that which is due now.
  Target next(double value, bool known) {
    Target due{values_[at_], known_[at_] != 0};
    values_[at_] = value, known_[at_] = known;
    at_ = (at_ + 1) % values_.size();
    return due;
  }
  void state_dict(cambium::StateDict& dict) {
    if (values_.empty()) return;
    dict.value("at", at_, std::size_t{0}, values_.size() - 1), dict.values("values", std::span(values_)),
        dict.values("known", std::span(known_));
  }

 private:
  std::vector<double> values_, known_;
  std::size_t at_ = 0;
};

}  // namespace stream

// What the statistics of the columns know, told once each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/kernels/real.h"

namespace cambium {
class StateDict;
}

namespace stream {

struct Event {
  enum class Kind { constant, woke_up, drifting, new_range, rare } kind;
  std::size_t value = 0;  // of a row
  double figure = 0;
  std::string text{};  // in words, without the column
};
const char* name_of(Event::Kind kind);

class Events {
 public:
  explicit Events(std::size_t values);
  // The row's values; events of this row are appended.
  void take(std::span<const cambium::real> values, std::vector<Event>& events);
  void state_dict(cambium::StateDict& dict);

 private:
  std::size_t count_;
};

}  // namespace stream

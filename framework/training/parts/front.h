// The layers that a row can pass before its target is known, and need not pass again.
#pragma once

#include <optional>
#include <string>

#include "cambium/framework/base/shape.h"
#include "cambium/framework/graph/graph.h"

namespace cambium {

// One behind the other from the input on: those without parameters, up to the last that has a state, as norms of the input have.
// What they make of a row is the same before and after any step, so it can wait in the place of the row.
struct Front {
  std::string last, next;  // names of the last of them, and of the layer behind it
  Shape shape;             // of what they make of a row
};

// Nothing where the model begins in another way.
std::optional<Front> front_of(const Graph& graph);

// How a layer runs in a plan of this mode, as Weights::mode_of says it: one that is frozen holds its statistics and evaluates.
inline Mode mode_of(const Graph::Entry& entry, Mode mode) {
  return entry.settings.freeze && !entry.settings.moving_statistics ? Mode::evaluate : mode;
}

}  // namespace cambium

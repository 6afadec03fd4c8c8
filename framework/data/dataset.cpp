#include "cambium/framework/data/dataset.h"

#include <atomic>

namespace cambium {

std::uint64_t Dataset::new_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::string Dataset::describe() const {
  std::string text = std::to_string(size()) + (size() == 1 ? " sample" : " samples");
  const std::vector<Shape> inputs = input_shapes();
  for (std::size_t i = 0; i < inputs.size(); ++i) text += (i == 0 ? " of " : " and ") + inputs[i].str();
  for (const TargetKind& t : target_kinds())
    text += t.classes == 0 ? ", " + t.shape.str() + " as target"
                           : ", " + std::to_string(t.classes) + (t.classes == 1 ? " class" : " classes") +
                                 (t.shape.rank() > 0 ? " at positions of " + t.shape.str() : "");
  return text;
}

}  // namespace cambium

#include "cambium/framework/training/parts/distances.h"

#include <string>

#include "cambium/framework/base/error.h"

namespace cambium {

void check_alike(const char* kind, const Shape& output, const Dataset::TargetKind& target, const char* for_labels) {
  if (target.classes > 0)
    throw Error(std::string(kind) + ": the targets are labels of " + std::to_string(target.classes) +
                    " classes, and it needs values of " + output.str() + ", as the output has",
                for_labels);
  if (output != target.shape)
    throw Error(std::string(kind) + ": the output is " + output.str() + " and the targets are " + target.shape.str() +
                    ", and must be alike",
                output.size() != target.shape.size() ? "a last layer that gives " + std::to_string(target.shape.size()) + " values"
                : target.shape.rank() == 1           ? "Flatten() as the last layer"
                                                     : "targets of the shape " + output.str());
}

}  // namespace cambium

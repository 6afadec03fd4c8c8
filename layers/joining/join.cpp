#include "cambium/layers/joining/join.h"

#include "cambium/framework/base/error.h"

namespace cambium {

void check_inputs(const Setting& setting, const std::string& example) {
  if (setting.in.size() < 2)
    throw Error("needs at least 2 inputs, got " + std::to_string(setting.in.size()), "g.join(" + example + ", {x, y})");
}

const Shape& equal_inputs(const Setting& setting, const std::string& example) {
  check_inputs(setting, example);
  for (std::size_t k = 1; k < setting.in.size(); ++k)
    if (!(setting.in[k] == setting.in[0]))
      throw Error("needs inputs of one shape: input 0 is " + setting.in[0].str() + ", input " + std::to_string(k) + " is " +
                      setting.in[k].str(),
                  "a Conv2d with a 1x1 kernel on the path that differs");
  return setting.in[0];
}

}  // namespace cambium

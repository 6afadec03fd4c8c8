#include "apps/stream/demo.h"

#include <fmt/format.h>

#include "cambium/framework/base/error.h"
#include "cambium/models/recipe.h"

namespace stream {

std::string demo_names() { return "sensors, market or rare"; }
void check_demo(const std::string& name) { cambium::models::check_name("demo", name, {"sensors", "market", "rare"}); }
void complete_demo(Options& options) {
  if (options.rows == 0) options.rows = 1000;
}
std::string demo_line(const std::string&, long) { return ""; }

}  // namespace stream

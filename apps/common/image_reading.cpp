#include "apps/common/image_reading.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "apps/common/command_line.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/models/recipe.h"

namespace apps {
namespace {

using namespace cambium;

const std::vector<std::string> fits{"refuse", "resize", "crop"};  // in the order of Fit

constexpr int largest_side = 65535;

}  // namespace

Fit fit_of(const std::string& word) {
  models::check_name("way to fit", word, fits);
  return word == fits[0] ? Fit::refuse : word == fits[1] ? Fit::resize : Fit::crop;
}

void read_size(const std::string& option, const std::string& text, ImageFolderOptions& options) {
  std::vector<int> sizes;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('x', at), text.size());
    const std::string size = text.substr(at, end - at);
    if (size.empty() || size.find(',') != size.npos)
      throw Error(fmt::format("{} = {} is no size", option, text), option + " 32, 24x32 (height, width) or 3x24x32");
    sizes.push_back(number<int>(option, size));
    check_range<int>(option, sizes.back(), {1, largest_side, "32x32"});
    at = end + 1;
  }
  if (sizes.size() > 3) throw Error(fmt::format("{} = {} has {} sizes", option, text, sizes.size()), option + " 3x32x32");
  options.width = sizes.back(), options.height = sizes.size() == 1 ? sizes[0] : sizes[sizes.size() - 2];
  if (sizes.size() == 3) options.channels = sizes[0];
}

std::string image_reading(const ImageFolderOptions& o) {
  return json_text(Json::Fields{{"channels", static_cast<double>(o.channels)},
                                {"height", static_cast<double>(o.height)},
                                {"width", static_cast<double>(o.width)},
                                {"fit", fits[static_cast<std::size_t>(o.fit)]}},
                   "how pictures are read");
}

ImageFolderOptions image_reading_of(const std::string& text, const std::string& who) {
  const Json json = parse_json(text, who);
  const auto size = [&](const char* name, double most) {
    const Json* field = json.field(name);
    const double* value = field ? field->as<double>() : nullptr;
    if (!value || !(*value >= 1 && *value <= most) || *value != std::floor(*value))
      throw Error(fmt::format("{}: '{}' is no whole number from 1 to {}", who, name, most), "the file as train wrote it");
    return static_cast<int>(*value);
  };
  const Json* fit = json.field("fit");
  if (!fit || !fit->as<std::string>())
    throw Error(who + ": does not say how pictures are made to fit", "the file as train wrote it");
  return {.channels = size("channels", 3),
          .height = size("height", largest_side),
          .width = size("width", largest_side),
          .fit = fit_of(*fit->as<std::string>())};
}

}  // namespace apps

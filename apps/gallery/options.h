// What the user of the gallery asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/gallery/market_data.h"
#include "apps/gallery/picture.h"

namespace gallery {

struct Options {
  Setting setting;
  MarketOptions market;
  std::string out = "gallery";      // folder
  std::vector<std::string> only{};  // names of pictures; empty: all of them, and the page
  bool list = false;

  bool wants(const Picture& picture) const;
};

// Empty when it asked for the help, which is then printed. Throws cambium::Error for what cannot be.
std::optional<Options> read_options(const std::vector<std::string>& words);

}  // namespace gallery

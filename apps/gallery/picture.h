// One picture of the gallery: what it shows, and the figures that were measured for it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/plot/figure.h"

namespace gallery {

struct MarketData;  // market_data.h

struct Setting {
  std::uint64_t seed = 1;
  int threads = 0;
  std::shared_ptr<const MarketData> market{};

  // The random numbers of one picture: no other picture has a share in them.
  cambium::Random random(const std::string& picture) const { return cambium::Random(seed).of(cambium::part_of_name(picture)); }
};

struct Measured {
  std::string name;
  double value = 0;
  std::optional<double> expected{};  // by a formula, or by what the article says
  std::string unit{};
};

struct Shown {
  cambium::plot::Figure figure;
  std::string caption;  // two sentences
  std::string formula;
  std::vector<Measured> measured;
};

struct Picture {
  std::string name, title;
  Shown (*draw)(const Setting& setting);
};

struct Family {
  std::string heading;
  std::vector<Picture> pictures;
};

// In the order of the article.
std::vector<Family> catalogue();

// "mean 0.003 (0); accuracy 97.2 %": in brackets what is expected.
std::string text_of(const std::vector<Measured>& measured);

}  // namespace gallery

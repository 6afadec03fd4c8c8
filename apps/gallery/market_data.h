// A market, half hour by half hour.
#pragma once

#include "apps/gallery/numbers.h"
#include "apps/gallery/picture.h"
#include "cambium/framework/data/memory_dataset.h"

namespace gallery {

struct MarketData {
  std::string source;  // what to call it in a caption
  std::size_t columns = 0;
  std::size_t price = 0;  // which of them is the price
  std::vector<cambium::real> rows{};
  std::vector<int> labels{};
  int classes = 2;

  std::size_t size() const { return labels.size(); }
  Values column_of_price() const;
};

struct MarketOptions {
  std::string file{};                               // a table; empty: a market is made
  std::string price = "nswprice", label = "class";  // its columns
};

// Errors: those of a table that cannot be read; no such column; fewer rows than a picture needs.
MarketData market_data(const MarketOptions& options, const Setting& setting);

}  // namespace gallery

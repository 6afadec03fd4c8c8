#include "apps/gallery/market_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/models/recipe.h"

namespace gallery {
namespace {

using namespace cambium;

constexpr std::int64_t least_rows = 5000;

std::string called(const std::string& file) {
  return file == "-" ? "A market" : "The market of " + file.substr(file.rfind('/') + 1);  // npos + 1 is 0
}

MarketData read(const MarketOptions& options) {
  const Table table =
      load_csv(options.file, {.label = options.label, .labels = CsvOptions::Labels::classes, .missing = CsvOptions::Missing::mean});
  const std::vector<std::string> names = table.format.column_names();
  models::check_name("column of numbers", options.price, names);
  if (table.data.size() < least_rows)
    throw Error(fmt::format("{} has {} rows, and the pictures need {}", shown(options.file), table.data.size(), least_rows),
                "leaving --market out: a market is made");
  MarketData data{.source = called(options.file), .columns = names.size()};
  data.price = static_cast<std::size_t>(std::ranges::find(names, options.price) - names.begin());
  data.classes = static_cast<int>(table.format.classes.size());
  for (const Batch& batch : table.data.stream({.batch = 1000, .shuffle = false})) {
    data.rows.insert(data.rows.end(), batch.x().begin(), batch.x().end());
    data.labels.insert(data.labels.end(), batch.target().labels.begin(), batch.target().labels.end());
  }
  return data;
}

// A price with a level that wanders, a day of 48 half hours, and a fluctuation that fades; the label says whether it stands above
// its mean over the last day, as that of the electricity market in New South Wales does.
MarketData make(const Random& random) {
  constexpr std::size_t n = 40000, day = 48;
  constexpr double tau = 6.283185307179586;
  MarketData data{.source = "A made market", .columns = 3, .price = 1};
  const Random steps = random.of(1), noise = random.of(2), demand = random.of(3);
  double level = 50, wave = 0, sum = 0;
  Values prices;
  for (std::size_t i = 0; i < n; ++i) {
    const double hour = static_cast<double>(i % day) / 2, busy = std::sin(tau * (hour - 9) / 24);
    level += 0.12 * steps.normal(i) + 0.0006 * (60 - level);
    wave = 0.9 * wave + 0.35 * noise.normal(i);
    prices.push_back(level + 0.6 * busy + wave);
    sum += prices.back() - (i < day ? 0 : prices[i - day]);
    for (const double value : {hour / 24, prices.back() / 100, 0.5 + 0.2 * busy + 0.05 * demand.normal(i)})  // all within 0..1
      data.rows.push_back(static_cast<real>(value));
    data.labels.push_back(prices.back() > sum / static_cast<double>(std::min(i + 1, day)) ? 1 : 0);
  }
  return data;
}

}  // namespace

Values MarketData::column_of_price() const {
  return made(size(), [&](std::size_t i) { return static_cast<double>(rows[i * columns + price]); });
}

MarketData market_data(const MarketOptions& options, const Setting& setting) {
  return options.file.empty() ? make(setting.random("market")) : read(options);
}

}  // namespace gallery

#include "apps/stream/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "apps/common/signals.h"
#include "apps/stream/model.h"
#include "apps/stream/rows.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/base/text.h"

namespace stream {

using namespace cambium;

Reference::Reference(const Options& options, std::vector<bool> numbers)
    : options_(options),
      numbers_(std::move(numbers)),
      tracks_(numbers_.size()),
      block_rows_(options.rows_per_day > 0 ? options.rows_per_day : 1000) {}

void Reference::learn_from(const std::string& path, const Columns& of) {
  Options options = options_;
  options.files = {path}, options.demo.clear();
  Rows rows(options, [] {});
  Columns columns = of;
  std::vector<real> values(numbers_.size());
  std::vector<std::string> ignored;
  bool any = false;
  try {
    while (rows.next()) {
      if (!std::exchange(any, true)) columns.check_names(rows.names());
      columns.read(rows.cells(), values, ignored);
      for (std::size_t i = 0; i < values.size(); ++i) tracks_[i].reference.add(static_cast<double>(values[i]));
    }
  } catch (const Broken& why) {
    throw Error(fmt::format("--reference: {}: {}", rows.lines().where(), why.why), "a file whose rows are whole");
  }
  if (apps::stopped())
    throw Error("--reference: " + path + " was not read to its end, and nothing has begun", "the same once more");
  if (!any) throw Error("--reference: " + path + " has no row", "a file of at least some hundred");
}

// In deviations of the reference; infinite where that was constant, and it is no longer.
double Reference::apart(const Sums& now, const Sums& reference) {
  const double by = now.mean - reference.mean, deviation = reference.deviation();
  return by == 0 ? 0 : deviation > 0 ? by / deviation : std::copysign(std::numeric_limits<double>::infinity(), by);
}

void Reference::take(std::span<const real> values, std::vector<Event>& events) {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    if (!numbers_[i]) continue;
    Track& t = tracks_[i];
    const bool first = options_.reference_rows > 0 && t.reference.count < options_.reference_rows;
    (first ? t.reference : t.block).add(static_cast<double>(values[i]));
    if (t.block.count >= block_rows_) end_block(t, i, events);
  }
}

void Reference::end_block(Track& t, std::size_t value, std::vector<Event>& events) const {
  const double away = apart(t.block, t.reference), far = std::fabs(away);
  const double error = t.block.deviation() / std::sqrt(t.block.count);
  if (far >= std::max(1.0, 2 * t.told) && far > t.told && std::fabs(t.block.mean - t.reference.mean) > 6 * error) {
    const bool days = options_.rows_per_day > 0 && t.last.count > 0 && std::isfinite(away);
    const double a_day = days ? (t.block.mean - t.last.mean) / t.reference.deviation() : 0;
    const std::string how =
        days ? fmt::format("is drifting at {} a day: ", deviations(a_day, 2)) : std::string("is away from the reference: ");
    const std::string then = std::isfinite(far)
                                 ? fmt::format("{} from the {:.6g} of the reference", deviations(far, 2), t.reference.mean)
                                 : fmt::format("and it was always {:.6g} in the reference", t.reference.mean);
    events.push_back(
        {Event::Kind::drifting, value, days ? a_day : away, how + fmt::format("its mean is {:.6g}, {}", t.block.mean, then)});
    t.told = far;
  } else if (far < 0.5) {
    t.told = 0;
  }
  t.last = t.block, t.block = {};
}

std::vector<std::string> Reference::figures(const std::vector<std::string>& names) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < tracks_.size(); ++i)
    if (numbers_[i] && tracks_[i].reference.count > 0 && tracks_[i].now().count > 0) order.push_back(i);
  const auto far = [&](std::size_t i) { return std::fabs(apart(tracks_[i].now(), tracks_[i].reference)); };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return far(a) > far(b); });
  std::vector<std::string> lines;
  for (const std::size_t i : std::span(order).first(std::min<std::size_t>(order.size(), 10))) {
    const Track& t = tracks_[i];
    lines.push_back(fmt::format("column {}: mean {:.6g} and deviation {:.4g} now, {:.6g} and {:.4g} in the reference",
                                in_quotes(names[i], 40), t.now().mean, t.now().deviation(), t.reference.mean,
                                t.reference.deviation()));
    if (std::isfinite(far(i))) lines.back() += fmt::format(", {} away", deviations(far(i), 2));
  }
  return lines;
}

std::string Reference::log_fields(const std::vector<std::string>& names) const {
  std::string fields;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const Track& t = tracks_[i];
    if (!numbers_[i] || t.reference.count == 0 || t.now().count == 0) continue;
    fields += fmt::format("{}{}: {{\"mean\": {}, \"deviation\": {}, \"reference_mean\": {}, \"reference_deviation\": {}}}",
                          fields.empty() ? "" : ", ", json_quoted(names[i]), figure(t.now().mean), figure(t.now().deviation()),
                          figure(t.reference.mean), figure(t.reference.deviation()));
  }
  return "\"columns\": {" + fields + '}';
}

void Reference::state_dict(StateDict& dict) {
  static_assert(sizeof(Track) % sizeof(double) == 0);
  if (!tracks_.empty())
    dict.values("tracks", std::span(&tracks_[0].reference.count, tracks_.size() * (sizeof(Track) / sizeof(double))));
}

}  // namespace stream

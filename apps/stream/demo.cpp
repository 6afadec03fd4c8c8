#include "apps/stream/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cambium/framework/base/random.h"
#include "cambium/models/recipe.h"

namespace stream {
namespace {

using cambium::Random;

constexpr double tau = 6.283185307179586;

// A day has 1,440 rows. What happens: from row 6,000 the humidity sensor stands still; from 9,000 the vibration is three times as
// large; from 8,000 to 14,000 the pressure drifts; at 12,000 the valve, until then shut, wakes up; at 15,000 a shock; from 17,000
// the machine runs at another speed.
std::string sensors(long i) {
  if (i == 0) return "temperature,humidity,pressure,vibration,flow,power,valve,shock";
  const Random random = Random(1).of(static_cast<std::uint64_t>(i));
  const auto noise = [&](std::uint64_t k) { return random.normal(k); };
  const double day = std::sin(tau * static_cast<double>(i % 1440) / 1440),
               load = std::sin(static_cast<double>(i) / 37) + 0.3 * noise(0);
  const bool fast = i >= 17000;
  const double temperature = 21 + 6 * day + 1.5 * load + 0.3 * noise(1);
  const double humidity = i >= 6000 ? 41.7 : 60 - 9 * day - 2 * load + 0.8 * noise(2);
  const double pressure =
      101300 + 40 * noise(3) + 60 * load + (i > 8000 ? 0.1 * static_cast<double>(std::min(i, 14000L) - 8000) : 0);
  const double vibration = std::exp(0.4 * noise(4) + 0.2 * load) * (i >= 9000 ? 3e-3 : 1e-3);
  const double flow = (load > 0 ? 8 : 2) + 0.2 * noise(5) + (fast ? 3 : 0);
  const double power = 0.4 * flow + 0.05 * temperature + 0.1 * noise(6) + (fast ? 4 : 0);
  const int valve = i >= 12000 ? static_cast<int>(random.below(7, 3)) : 0, shock = i == 15000;
  return fmt::format("{:.2f},{:.2f},{:.1f},{:.6f},{:.3f},{:.3f},{},{}", temperature, humidity, pressure, vibration, flow, power,
                     valve, shock);
}

// Prices that drift, with a fluctuation that says whether the next step goes up.
std::string market(long i) {
  if (i == 0) return "hour,price,other_price,demand,sector,price_up";
  const Random walk(2);
  const auto at = [&](long row, std::uint64_t part) {  // a slow wave that never comes back to the same place, and noise
    double sum = 0;
    for (int k = 1; k <= 6; ++k)
      sum += std::sin(static_cast<double>(row) * tau / (700.0 * k * k) +
                      walk.of(part).uniform(static_cast<std::uint64_t>(k), 0, tau)) *
             k;
    return sum;
  };
  const Random random = walk.of(99).of(static_cast<std::uint64_t>(i));
  const double pull = random.normal(0), push = random.normal(1), hour = static_cast<double>(i % 48) / 2;
  const double price = 50 + 3 * at(i, 1) + pull, other = 0.02 * (40 + 2 * at(i, 2) + push), demand = 7000 + 300 * at(i, 3);
  const bool up = 0.8 * push - pull + 0.5 * std::sin(tau * hour / 24) + 0.5 * random.normal(2) > 0;
  constexpr const char* sectors[] = {"coal", "gas", "wind"};
  return fmt::format("{:.1f},{:.3f},{:.5f},{:.0f},{},{}", hour, price, other, demand, sectors[random.below(3, 3)],
                     up ? "yes" : "no");
}

// One row in a hundred is a fault, announced by a column that is almost always 0.
std::string rare(long i) {
  if (i == 0) return "speed,current,warning,state";
  const Random random = Random(3).of(static_cast<std::uint64_t>(i));
  const bool fault = random.uniform(0) < 0.01;
  const bool warning = random.uniform(1) < (fault ? 0.8 : 0.001);
  const double speed = 1480 + 8 * random.normal(2) - (fault ? 10 : 0),
               current = 0.012 + 0.001 * random.normal(3) + (fault ? 0.001 : 0);
  return fmt::format("{:.1f},{:.6f},{},{}", speed, current, warning ? 1 : 0, fault ? "fault" : "fine");
}

}  // namespace

std::string demo_names() { return "sensors, market or rare"; }
void check_demo(const std::string& name) { cambium::models::check_name("demo", name, {"sensors", "market", "rare"}); }

void complete_demo(Options& options) {
  if (options.rows == 0) options.rows = 20000;
  if (options.demo == "sensors" && options.label.empty() && options.task == Task::automatic) options.task = Task::anomaly;
  if (options.demo != "sensors" && options.label.empty() && options.task != Task::anomaly)
    options.label = options.demo == "market" ? "price_up" : "state";
}

std::string demo_line(const std::string& name, long i) {
  return name == "sensors" ? sensors(i) : name == "market" ? market(i) : rare(i);
}

}  // namespace stream

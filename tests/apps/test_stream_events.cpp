// What stream says of the columns: what happens, once, and of noise nothing.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "apps/stream/tail.h"
#include "cambium/framework/base/random.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

constexpr std::size_t kinds = 5;
constexpr double pi = 3.141592653589793;

// Normal, uniform, lognormal, Cauchy, and one that is mostly 0.
double noise(std::size_t kind, std::uint64_t i) {
  const Random random = Random(21).of(kind);
  if (kind == 0) return 20 + 3 * random.normal(i);
  if (kind == 1) return 1e5 + random.uniform(i);
  if (kind == 2) return 1e-3 * std::exp(random.normal(i));
  if (kind == 3) return std::tan(pi * (random.uniform(i) - 0.5));
  return random.uniform(i) < 0.07 ? 1 : 0;
}

// The column messages of a stream of so many rows, whose value of column c in row i is value(c, i).
std::vector<std::string> told(std::size_t columns, std::size_t rows, const std::function<double(std::size_t, std::size_t)>& value) {
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  std::ofstream file(path);
  for (std::size_t c = 0; c < columns; ++c) file << (c > 0 ? "," : "") << "c" << c;
  file << ",label\n";
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 0; c < columns; ++c) file << fmt::format("{:.9g},", value(c, i));
    file << i % 2 << '\n';
  }
  file.close();
  const Ending end = run_app("stream", "--label label --layers 'online_norm for_input' --average 0 " + path);
  CHECK_MESSAGE(end.code == 0, end.err);
  std::vector<std::string> lines;
  for (std::size_t from = 0, to; (to = end.err.find('\n', from)) != std::string::npos; from = to + 1)
    if (const std::string line = end.err.substr(from, to - from); line.find(": column '") != std::string::npos)
      lines.push_back(line);
  return lines;
}

std::string all(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

}  // namespace

TEST_CASE("stream: how rare a value is that nobody has seen, by the tail of those that came") {
  struct Case {
    const char* name;
    std::function<double(double)> of;  // the value that is exceeded with probability e^-t
    double over, under;                // how far off the logarithm of a chance of 1e-7 may be, in powers of ten
  };
  const auto normal = [](double t) {  // |x|, by Newton's steps
    double z = 1;
    for (int i = 0; i < 60; ++i)
      z += (std::log(std::erfc(z / std::sqrt(2.0))) + t) * std::erfc(z / std::sqrt(2.0)) /
           (std::sqrt(2 / pi) * std::exp(-z * z / 2));
    return z;
  };
  const std::vector<Case> cases = {{"normal", normal, 2.5, 1},
                                   {"exponential", [](double t) { return t; }, 2.5, 1},
                                   {"lognormal", [&](double t) { return std::exp(normal(t)); }, 2.5, 1},
                                   {"Cauchy", [](double t) { return std::tan(pi / 2 * (1 - std::exp(-t))); }, 2.5, 1.5}};
  for (const Case& one : cases) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      stream::Tail tail;
      for (std::uint64_t i = 0; i < 5000; ++i) tail.take(one.of(-std::log(1 - Random(seed).uniform(i))));
      sum += std::log10(tail.chance(one.of(7 * std::log(10.0)))) / 20;
      CHECK(tail.chance(0.5) == 1);
    }
    CHECK_MESSAGE((sum < -7 + one.over && sum > -7 - one.under), fmt::format("{}: 10^{:.2f}", one.name, sum));
  }
}

TEST_CASE("stream: which tails have an end, by 3,000 values") {
  const auto has_end = [](const std::function<double(const Random&, std::uint64_t)>& value, bool sparse) {
    int ends = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      stream::Tail tail;
      for (std::uint64_t i = 0; i < 3000; ++i) tail.take(value(Random(seed), i));
      ends += tail.has_end(sparse);
    }
    return ends;
  };
  const auto uniform = [](const Random& random, std::uint64_t i) { return random.uniform(i); };
  const auto ones = [](const Random& random, std::uint64_t i) { return random.uniform(i) < 0.07 ? 500.0 : 0; };
  CHECK(has_end(uniform, false) == 100);
  CHECK(has_end(ones, true) == 100);
  CHECK(has_end([](const Random& random, std::uint64_t i) { return std::fabs(random.normal(i)); }, false) == 0);
  CHECK(has_end([](const Random& random, std::uint64_t i) { return -std::log(random.uniform(i)); }, false) == 0);
  CHECK(has_end([&](const Random& random, std::uint64_t i) { return ones(random, i) * -std::log(random.of(1).uniform(i)); },
                true) == 0);
  CHECK_FALSE(stream::Tail().has_end(false));
}

TEST_CASE("stream: of noise of five distributions nothing is told") {
  if (!is_built("stream", "is silent")) return;
  const std::vector<std::string> lines = told(kinds, 40000, noise);
  CHECK_MESSAGE(lines.empty(), all(lines));
}

TEST_CASE("stream: what happens to a column is told once, with the row") {
  if (!is_built("stream", "tells")) return;
  constexpr std::size_t when = 6000;
  struct Case {
    const char* text;
    std::size_t within;                                         // rows
    std::function<double(double, std::size_t, double)> change;  // of noise, so many rows after it began; the value then
    std::vector<std::size_t> of;                                // kinds of noise
  };
  const std::vector<Case> cases = {
      {"is constant for", 1000, [](double, std::size_t, double then) { return then; }, {0, 1, 2, 3, 4}},
      {"is drifting",
       4000,
       [](double x, std::size_t i, double) { return x + 15 * std::min(1.0, static_cast<double>(i) / 4000); },
       {0, 3}},
      {"is drifting",
       4000,
       [](double x, std::size_t i, double) { return x + 1.25 * std::min(1.0, static_cast<double>(i) / 4000); },
       {4}},
      {"range", 1500, [](double x, std::size_t, double) { return 20 + 3 * (x - 20); }, {0}},
      {"outside anything seen", 200, [](double x, std::size_t, double) { return x + 100; }, {0, 1}},
      {"outside anything seen", 400, [](double x, std::size_t, double) { return 3 * x; }, {4}},
      {"has a new range", 1500, [](double x, std::size_t, double) { return x / 3; }, {4}},
      {"had a rare event", 25, [](double x, std::size_t i, double) { return i == 0 ? x + 200 : x; }, {0, 1}},
      {"had a rare event", 25, [](double x, std::size_t i, double) { return i == 0 ? x + 27 : x; }, {0}},
      {"had a rare event", 25, [](double x, std::size_t i, double) { return i == 0 ? x + 0.5 : x; }, {2}},
      {"had a rare event", 25, [](double x, std::size_t i, double) { return i == 0 ? 1e5 + 1.4 : x; }, {1}},
      {"had a rare event", 25, [](double x, std::size_t i, double) { return i == 0 ? 1e5 - 1 : x; }, {1}},
      {"had a rare event", 300, [](double x, std::size_t i, double) { return i == 0 ? 2 : x; }, {4}},
      {"had a rare event", 300, [](double x, std::size_t i, double) { return i == 0 ? 5 : x; }, {4}}};
  for (const Case& one : cases)
    for (const std::size_t kind : one.of) {
      const std::vector<std::string> lines = told(1, 12000, [&](std::size_t, std::size_t i) {
        const double x = noise(kind, i);
        return i < when ? x : one.change(x, i - when, noise(kind, when));
      });
      const auto found = std::ranges::count_if(lines, [&](const std::string& line) { return line.find(one.text) != line.npos; });
      CHECK_MESSAGE(found == 1, fmt::format("{} of kind {}: {}", one.text, kind, all(lines)));
      CHECK_MESSAGE(lines.size() == 1, fmt::format("{} of kind {}: {}", one.text, kind, all(lines)));
      const std::size_t row = lines.empty() ? 0 : std::stoul(lines[0].substr(lines[0].find("row ") + 4));
      CHECK_MESSAGE((row > when && row <= when + one.within), fmt::format("{}: {}", one.text, all(lines)));
    }
}

TEST_CASE("stream: a column that wakes up is told, and what it says from then on is heard") {
  if (!is_built("stream", "tells")) return;
  const std::vector<std::string> lines =
      told(1, 9000, [](std::size_t, std::size_t i) { return i < 5000 ? 3.25 : 3.25 + Random(4).normal(i); });
  REQUIRE_MESSAGE(lines.size() == 2, all(lines));
  CHECK_MESSAGE(lines[0].find("row 1000: column 'c0' is constant for 1000 rows, at 3.25") != std::string::npos, lines[0]);
  CHECK_MESSAGE(lines[1].find("column 'c0' woke up 10 rows ago, after 5000: it was 3.25") != std::string::npos, lines[1]);
}

TEST_CASE("stream: a column that wakes up to a few ones among zeros is told once, after the first of them") {
  if (!is_built("stream", "tells")) return;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto ones = [&](double share) {
      return told(1, 12000, [&](std::size_t, std::size_t i) { return i >= 6000 && Random(seed).uniform(i) < share ? 1 : 0; });
    };
    const std::vector<std::string> lines = ones(0.07);
    REQUIRE_MESSAGE(lines.size() == 3, all(lines));
    CHECK_MESSAGE(lines[1].find("had a rare event") != std::string::npos, lines[1]);
    CHECK_MESSAGE(lines[2].find("woke up") != std::string::npos, lines[2]);
    CHECK_MESSAGE(std::stoul(lines[2].substr(lines[2].find("row ") + 4)) < 6400, lines[2]);
  }
  const std::vector<std::string> apart =
      told(1, 9000, [](std::size_t, std::size_t i) { return i > 2000 && i % 2500 == 0 ? 1 : 0; });
  REQUIRE_MESSAGE(apart.size() == 4, all(apart));  // far from each other each is one
  for (std::size_t i = 1; i < 4; ++i) CHECK_MESSAGE(apart[i].find("had a rare event") != std::string::npos, apart[i]);
}

TEST_CASE("stream: columns are held against a reference, of rows or of a file, and drifts are told in its deviations a day") {
  if (!is_built("stream", "refers")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv"), before = folder.file("before.csv"), log = folder.file("log.jsonl");
  const auto write = [&](const std::string& name, std::size_t from, std::size_t to) {
    std::ofstream file(name);
    file << "drifts,stays,wild,wakes,kind,label\n";
    for (std::size_t i = from; i < to; ++i)  // from row 2,400 on by 1.2 deviations in a day of 2,400
      file << fmt::format("{:.6g},{:.6g},{:.6g},{},{},{}\n", noise(0, i) + (i > 2400 ? 15e-4 * static_cast<double>(i - 2400) : 0),
                          noise(2, i), noise(3, i), i > 9000 ? noise(1, i) : 7, i % 3 == 0 ? "x" : "y", i % 2);
  };
  write(before, 0, 2400), write(path, 2400, 16800);
  for (const std::string& reference : {before, std::string("1600")}) {
    const Ending end =
        run_app("stream", fmt::format("--label label --layers 'online_norm for_input' --average 0 --no-events --log {} "
                                      "--reference {} --rows-per-day 2400 {}",
                                      log, reference, path));
    REQUIRE_MESSAGE(end.code == 0, end.err);
    CHECK_MESSAGE(end.err.find("column 'drifts': mean ") != std::string::npos, end.err);
    CHECK_MESSAGE(read_bytes(log).find("\"columns\": {\"drifts\": {\"mean\": ") != std::string::npos, end.err);
  }
  const Ending end = run_app("stream", fmt::format("--label label --layers 'online_norm for_input' --average 0 --reference {} "
                                                   "--rows-per-day 2400 {}",
                                                   before, path));
  std::vector<double> a_day;
  const std::string words = "column 'drifts' is drifting at ";
  for (std::size_t at = 0; (at = end.err.find(words, at)) != std::string::npos; ++at)
    a_day.push_back(std::stod(end.err.substr(at + words.size())));
  REQUIRE_MESSAGE(a_day.size() == 2, end.err);  // 1.8 deviations away, and more than twice that
  for (const double one : a_day) CHECK(one == doctest::Approx(1.2).epsilon(0.1));
  CHECK_MESSAGE(end.err.find("column 'stays' is") == std::string::npos, end.err);
  const std::string always = "column 'wakes' is away from the reference: its mean is ";
  const std::size_t first = end.err.find(always);
  REQUIRE_MESSAGE(first != std::string::npos, end.err);
  CHECK_MESSAGE(end.err.find("and it was always 7 in the reference", first) != std::string::npos, end.err);
  CHECK_MESSAGE(end.err.find(always, first + 1) == std::string::npos, end.err);
}

TEST_CASE("stream: alarms come at the rate that was asked for, on columns that drift") {
  if (!is_built("stream", "alarms")) return;
  constexpr std::size_t rows = 30000;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  std::ofstream file(path);
  file << "a,b,c,d\n";
  double walk = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    walk += 0.03 * Random(31).normal(i);
    const double x = Random(32).normal(i), y = Random(33).normal(i), z = noise(3, i);
    file << fmt::format("{:.5g},{:.7g},{:.5g},{:.5g}\n", walk + x, 1e4 * (2 + x + 0.5 * y), std::exp(0.5 * y), z);
  }
  file.close();
  const Ending end = run_app("stream", "--task anomaly --no-events --alarm-rate 0.01 " + path);
  REQUIRE_MESSAGE(end.code == 0, end.err);
  std::size_t alarms = 0;
  for (std::size_t at = 0; (at = end.out.find(",1\n", at)) != std::string::npos; ++at) ++alarms;
  CHECK(alarms > rows / 200);
  CHECK(alarms < rows / 50);
}

}  // namespace cambium_tests

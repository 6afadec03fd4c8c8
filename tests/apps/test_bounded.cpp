// What reports keep of a training and of a stream: all of it, in memory that does not grow.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "apps/common/thinned.h"
#include "apps/stream/history.h"
#include "cambium/framework/base/random.h"

namespace cambium {
namespace {

TEST_CASE("thinned: at most so many values, evenly, the first and the newest among them") {
  for (const std::size_t most : {4u, 7u, 100u}) {
    apps::Thinned<int> thinned(most);
    CHECK(thinned.all().empty());
    for (int i = 0; i < 1000; ++i) {
      thinned.add(i);
      const std::vector<int> all = thinned.all();
      REQUIRE(all.size() <= most + 1);
      REQUIRE(all.front() == 0);
      REQUIRE(all.back() == i);
      if (i < static_cast<int>(most)) REQUIRE(static_cast<int>(all.size()) == i + 1);
      for (std::size_t k = 2; k + 1 < all.size(); ++k) REQUIRE(all[k] - all[k - 1] == all[1]);
      // One that goes on from it is the same.
      apps::Thinned<int> other(most);
      other.go_on_from(all, thinned.count(), thinned.stride());
      other.add(i + 1);
      apps::Thinned<int> same = thinned;
      same.add(i + 1);
      REQUIRE(other.all() == same.all());
    }
  }
}

TEST_CASE("history of a stream: the sums of all rows, however many, and the same after it was kept") {
  stream::History history;
  const Random random(3);
  double sum = 0, squares = 0;
  constexpr int rows = 50'000;
  for (int i = 0; i < rows; ++i) {
    const std::vector<real> row{static_cast<real>(1000 + random.normal(static_cast<std::uint64_t>(i))), 1};
    sum += static_cast<double>(row[0]), squares += std::pow(static_cast<double>(row[0]) - 1000, 2);
    history.add(row, i == 777 ? 5 : 0.5, i % 1000 == 0);
    if (history.ends_stretch()) history.end_stretch({}, 0.25);
    if (i % 10 == 0) history.add({i + 1.0, 1, "column", "text"});
    if (i == 20'000) {
      const Json kept = history.json();
      history = stream::History();
      history.go_on_from(kept);
    }
  }
  const std::vector<stream::Stretch> all = history.stretches();
  CHECK(all.size() <= stream::History::most_stretches);
  CHECK(all.size() >= stream::History::most_stretches / 2);
  CHECK(all.front().first == 1);
  CHECK(all.back().last == rows);
  stream::Moments first;
  double alarms = 0, highest = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) CHECK(all[i].first == all[i - 1].last + 1);
    first.add(all[i].columns[0]), alarms += all[i].alarms, highest = std::fmax(highest, all[i].score);
  }
  CHECK(first.count == rows);
  CHECK(first.mean == doctest::Approx(sum / rows).epsilon(1e-12));
  CHECK(first.deviation() == doctest::Approx(std::sqrt(squares / rows - std::pow(sum / rows - 1000, 2))).epsilon(1e-9));
  CHECK(alarms == 50);
  CHECK(highest == 5);
  CHECK(history.all_events() == 5000);
  CHECK(history.events().size() <= stream::History::most_events);
  CHECK(history.events().front().row == 1);
  CHECK(history.events().back().row == 49'991);
}

}  // namespace
}  // namespace cambium

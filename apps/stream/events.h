// What the statistics of the columns know, told once each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/stream/tail.h"
#include "cambium/framework/kernels/real.h"

namespace cambium {
class StateDict;
}

namespace stream {

struct Event {
  enum class Kind { constant, woke_up, drifting, new_range, rare } kind;
  std::size_t value = 0;  // of a row
  double figure = 0;
  std::string text{};  // in words, without the column
};
const char* name_of(Event::Kind kind);
std::string deviations(double count, int digits);  // "1 deviation", "1.2 deviations"

// Each value of a row has statistics that follow it as those of OnlineNorm do, from one row to the next, but in place of mean and
// deviation a median and the median deviation, which no outlier moves (stochastic approximation, Robbins, Monro 1951). From these,
// and nothing is asked of the shape of a distribution:
//   constant   the same for 150 rows, and five times longer than ever before; from the first row on, for 1,000 rows
//   woke up    other values after that, for more than 10 of 20 rows, or three times for fewer with less than 1,000 rows between
//   drifting   the mean of 500 rows, cut at 5 deviations, is 1 deviation (of the median) beyond all such means so far; once until
//              it has stood still for 2,000 rows
//   new range  4 of 20 rows lie beyond all that was seen by a quarter of its range; or what rows of 500 deviate is 1.6 times more,
//              or less, than ever before
//   rare       one to ten rows that a constant column is otherwise; or that should not come once in 2 10^6 rows, whatever the
//              number of columns, by the tail of what deviates (tail.h); or, where that tail has an end, beyond all that was seen
//              by a quarter of its range; told when they have passed
// Of a column that is mostly one value only the rows count that are another: 4 of 20 of those, and what 50 of them deviate, unless
// 17 of these come one after the other: then it leaves its value. A value of its own among them is rare when five others have
// passed, or 300 rows.
// What is told becomes what was seen, so it is told once. Nothing is told in the first 1,000 rows.
class Events {
 public:
  // Of a row's values those that are numbers, and not a text's.
  explicit Events(std::vector<bool> numbers);

  // The row's values, but those that are silent; events of this row are appended.
  void take(std::span<const cambium::real> values, const std::vector<bool>& silent, std::vector<Event>& events);
  void state_dict(cambium::StateDict& dict);

 private:
  struct Track {  // doubles alone, so that they are saved as one row of numbers
    double rows = 0, last = 0, run = 0, longest = 0, constant = 0;
    double was = 0, was_for = 0, other = 0, awake = 0, awake_rows = 0;  // of what woke up, until it is sure
    double rares = 0, rare_at = 0;  // of what is constant: rare events close to each other, and the row of the last one
    double median = 0, spread = 0, away_root = 0;  // the medians of x and of |x - median|, the mean of its root
    double age = 0;                                // of median and spread, in rows
    double least = 0, most = 0, lowest = 0, highest = 0, waits = 0, beyond = 0;  // beyond: bits of the last 20 rows
    double center = 0, scale = 0, block = 0, sum = 0, squares = 0, away = 0, away_squares = 0;
    double blocks = 0, low = 0, high = 0, near = 0, far = 0, before = 0,
           still = 4;  // of the means of blocks, and of what they deviate
    Tail tail{};       // of |x - median| in deviations
    double others = 0, others_run = 0, others_most = 0, sparse_rows = 0, logs = 0, log_squares = 0, small = 0, large = 0,
           other_blocks = 0;  // log |x - median| of a sparse column
    double spike = 0, spike_value = 0, spike_rows = 0, spike_age = 0, spike_others = 0, quiet = 0;
  };
  void follow(Track& t, double x) const;
  void begin_anew(Track& t, double x) const;
  void look_constant(Track& t, double x, std::size_t value, std::vector<Event>& events) const;
  void look_awake(Track& t, double x, std::size_t value, std::vector<Event>& events) const;
  void look_range(Track& t, double x, std::size_t value, std::vector<Event>& events) const;
  void look_block(Track& t, double x, std::size_t value, std::vector<Event>& events) const;
  void look_others(Track& t, double x, std::size_t value, std::vector<Event>& events) const;
  void end_block(Track& t, std::size_t value, std::vector<Event>& events) const;
  void look_rare(Track& t, double x, std::size_t value, std::vector<Event>& events) const;

  std::vector<bool> numbers_;
  double improbable_;  // of a value, so that false rare events do not become more with more columns
  std::vector<Track> tracks_;
};

}  // namespace stream

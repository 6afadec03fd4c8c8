// A whole stream in memory that does not grow: how well it was predicted, and what its columns were.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/kernels/real.h"
#include "cambium/framework/training/prequential.h"

namespace stream {

// Of numbers, by the pairwise formula of Chan, Golub and LeVeque (1979, "Updating formulae and a pairwise algorithm for computing
// sample variances").
struct Moments {
  double count = 0, mean = 0, squares = 0;  // squares: the sum of (x - mean)^2

  void add(double value);
  void add(const Moments& other);
  double deviation() const;
};

// Some rows that follow each other. NaN: there is no such figure.
struct Stretch {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double first = 0, last = 0;                    // rows, counted from 1
  double seconds = 0, alarms = 0, score = none;  // score: the highest
  // Of the window that ended with them, and the same of who says what the last target was.
  double accuracy = none, accuracy_of_last = none, kappa = none, kappa_temporal = none;
  double error = none, error_of_last = none, loss = none;  // error: mean absolute
  std::vector<Moments> columns{};
};

struct PastEvent {
  double row = 0;
  int kind = 0;
  std::string column{}, text{};
};

// Rows are gathered into stretches of equal length; when there are too many, each two become one, and those to come are twice as
// long. Of events the first ones stay, and the newest, with the number of all.
class History {
 public:
  static constexpr std::size_t most_stretches = 200, most_columns = 24, most_events = 200;

  // What came since the last row: so many seconds are for the caller to count, see ends_stretch().
  void add(std::span<const cambium::real> columns, double score, bool alarm);
  bool ends_stretch() const { return static_cast<std::int64_t>(now_.last - now_.first) + 1 >= length_; }
  void end_stretch(const cambium::StreamFigures& window, double seconds);
  void add(PastEvent event);

  std::vector<Stretch> stretches() const;  // the one that is not full yet among them, where it has rows
  const std::vector<PastEvent>& events() const { return events_; }
  std::int64_t all_events() const { return all_events_; }

  cambium::Json json() const;
  void go_on_from(const cambium::Json& json);

 private:
  void halve();

  std::int64_t length_ = 8, all_events_ = 0;
  double rows_ = 0;
  Stretch now_;
  std::vector<Stretch> stretches_;
  std::vector<PastEvent> events_;
};

}  // namespace stream

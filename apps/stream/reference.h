// What the columns are now, beside what they were when all was well.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "apps/stream/columns.h"
#include "apps/stream/events.h"
#include "apps/stream/options.h"

namespace stream {

// Mean and deviation of each number in the first so many rows, or in a file (--reference), are what later blocks of rows are held
// against: of --rows-per-day rows, so that a day's own course is in each of them, or of 1,000. A column whose mean in a block is 1
// of these deviations away is told, and again at 2, 4 and so on; so is how far it has moved since the day before. Once it is back
// within half a deviation it can be told anew. What the mean of a block may be off by, six times, is nothing.
class Reference {
 public:
  Reference(const Options& options, std::vector<bool> numbers);

  // The rows of a file. Errors: it cannot be read, a row is broken, its columns are others.
  void learn_from(const std::string& path, const Columns& columns);
  void take(std::span<const cambium::real> values, std::vector<Event>& events);

  // Of the ten columns that are the furthest away, a line each.
  std::vector<std::string> figures(const std::vector<std::string>& names) const;
  std::string log_fields(const std::vector<std::string>& names) const;  // of all, as a field of JSON
  void state_dict(cambium::StateDict& dict);

 private:
  struct Sums {
    double count = 0, mean = 0, squares = 0;
    void add(double x) {
      const double from = x - mean;
      mean += from / ++count, squares += from * (x - mean);
    }
    double deviation() const { return count > 1 ? std::sqrt(squares / count) : 0; }
  };
  struct Track {  // doubles alone, so that they are saved as one row of numbers
    Sums reference{}, block{}, last{};
    double told = 0;
    const Sums& now() const { return last.count > 0 ? last : block; }
  };
  static double apart(const Sums& now, const Sums& reference);
  void end_block(Track& t, std::size_t value, std::vector<Event>& events) const;

  const Options& options_;
  std::vector<bool> numbers_;
  std::vector<Track> tracks_;
  double block_rows_;
};

}  // namespace stream

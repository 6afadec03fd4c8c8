// What cannot be predicted, among others that can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/csv_options.h"

namespace predict {

// Rows or files that are passed over, of which the first 20 are told on standard error, and of rows of one kind the first five:
// whose messages differ in numbers, and in what stands in quotes, alone. The very first of all waits until there is
// another: one alone is an error as it is.
class PassedOver {
 public:
  explicit PassedOver(std::string what) : what_(std::move(what)) {}  // "rows"

  void good();  // one that can be predicted
  // One that cannot, and why; of a file with many by its number in the output, which is not that of its line.
  void bad(const cambium::Error& error, const std::string& which = "it");
  void tell_first();  // where it still waits
  // Of one that can be predicted: a number from which nothing like it was learnt. Told at the end.
  void far(const std::string& file, std::int64_t row, const cambium::FarCell& cell);
  // Of one that can be predicted: a cell was empty, and has what the format says. Told at the end.
  void filled(const std::string& file, std::int64_t row, const std::string& column);
  void tell_answered();  // what is to be said of those that were answered so far
  // There is no more. Error: all of them were bad. Else some output is lost where some were, and their number is said.
  void end();

 private:
  // Rows that were answered and have something to be said of them.
  struct Told {
    std::size_t rows = 0;
    std::string first;
  };
  void silent();  // says so once

  std::string what_;
  std::size_t seen_ = 0, bad_ = 0, told_ = 0;
  std::map<std::string, int> kinds_;     // so many of each
  std::optional<cambium::Error> first_;  // of the bad ones
  std::string which_;                    // it is
  bool waits_ = false;                   // the first one is not told yet
  bool silent_ = false;                  // it was said that not all are told
  Told points_, far_, filled_;
};

}  // namespace predict

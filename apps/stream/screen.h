// What is said to the user while it runs: lines on standard error, and on a terminal one that lives below them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace stream {

class Screen {
 public:
  // `answers_go_out`: to standard output; where that is a terminal too, no line lives between them.
  Screen(bool quiet, bool answers_go_out);
  ~Screen() { clear(); }

  void say(const std::string& text);       // a line, behind the program's name; not when it is quiet
  void complain(const std::string& text);  // the same in any case
  bool due() const;                        // there is a live line, and it is a quarter of a second old
  // The live line, four times a second at most: rows, rows a second, how it goes.
  void show(std::int64_t rows, const std::string& how);

 private:
  void clear();

  using Clock = std::chrono::steady_clock;
  bool quiet_, live_, shown_ = false;
  Clock::time_point last_ = Clock::now();
  std::int64_t rows_ = 0;
  double speed_ = 0;
};

}  // namespace stream

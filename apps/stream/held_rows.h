// Rows as they come, but for the first of a pipe, which are held back until they say what each column is.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "apps/stream/first_cells.h"
#include "apps/stream/options.h"
#include "apps/stream/rows.h"

namespace stream {

// A pipe cannot be read ahead. So its first rows are held while a column has had no cell that is there: 100 rows at most, and no
// longer than until it ends or is silent for 0.2 s. Then they come in their order, broken ones too. While some are held the place
// of the input lies behind them all: nothing is saved then.
class HeldRows {
 public:
  HeldRows(const Options& options, Rows& rows) : rows_(rows), first_(options), settled_(!options.load.empty()) {}

  bool next();  // as Rows::next
  const std::vector<Cell>& cells() const { return now_ ? now_->cells : rows_.cells(); }
  std::string where() const { return now_ ? now_->where : rows_.lines().where(); }  // "FILE: line 7"
  const FirstCells& first() const { return first_; }

  bool any() const { return !held_.empty(); }  // still to come
  void hold_none() { settled_ = true; }        // all columns are known
  void idle() const;                           // to be called where Rows is idle; throws what `next` catches

 private:
  struct Row {
    std::vector<Cell> cells{};
    std::vector<char> bytes{};  // of their texts
    std::string broken{}, where{};
  };
  struct Silent {};
  void hold();
  void keep();

  Rows& rows_;
  FirstCells first_;
  bool settled_;
  std::deque<Row> held_;
  std::optional<Row> now_;  // one that was held
  std::chrono::steady_clock::time_point came_{};
};

}  // namespace stream

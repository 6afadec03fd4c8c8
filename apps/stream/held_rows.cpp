#include "apps/stream/held_rows.h"

#include <utility>

namespace stream {
namespace {

constexpr std::size_t most_held = 100;
constexpr std::chrono::milliseconds patience{200};

}  // namespace

bool HeldRows::next() {
  now_.reset();
  while (!settled_) hold();
  if (!held_.empty()) {
    now_ = std::move(held_.front());
    held_.pop_front();
    if (!now_->broken.empty()) throw Broken{now_->broken};
    return true;
  }
  if (!rows_.next()) return false;
  if (first_.cells().empty()) first_.add(rows_.names(), rows_.cells());
  return true;
}

void HeldRows::hold() try {
  if (rows_.next())
    keep();
  else
    settled_ = true;
} catch (const Silent&) {
  settled_ = true;
} catch (const Broken& why) {
  if (held_.empty()) throw;
  held_.push_back({.broken = why.why, .where = rows_.lines().where()});
  settled_ = held_.size() >= most_held, came_ = std::chrono::steady_clock::now();
}

// A copy of the row, since what its cells point to is gone with the next one.
void HeldRows::keep() {
  Row row{.cells = rows_.cells(), .where = rows_.lines().where()};
  std::size_t bytes = 0;
  for (const Cell& cell : row.cells) bytes += cell.text.size();
  row.bytes.resize(bytes);
  char* to = row.bytes.data();
  for (Cell& cell : row.cells) {
    cell.text.copy(to, cell.text.size());
    cell.text = {to, cell.text.size()};
    to += cell.text.size();
  }
  first_.add(rows_.names(), row.cells);
  held_.push_back(std::move(row));
  settled_ = first_.complete() || held_.size() >= most_held, came_ = std::chrono::steady_clock::now();
}

void HeldRows::idle() const {
  if (!settled_ && !held_.empty() && std::chrono::steady_clock::now() - came_ > patience) throw Silent{};
}

}  // namespace stream

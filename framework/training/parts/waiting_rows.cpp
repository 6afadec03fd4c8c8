#include "cambium/framework/training/parts/waiting_rows.h"

#include <algorithm>

#include "cambium/framework/base/random.h"
#include "cambium/framework/base/state_dict.h"

namespace cambium {

WaitingRows::WaitingRows(int room, std::size_t input, std::size_t said) : input_(input), said_(said) {
  const auto n = as_size(room);
  keys_.resize(n), last_.resize(n, -1), alive_.resize(n);
  inputs_.resize(n * input), said_values_.resize(n * said);
  std::size_t places = 1;
  while (places < 2 * n) places *= 2;
  table_.assign(places, none);
}

std::size_t WaitingRows::start_of(double key) const noexcept {
  const auto whole = static_cast<std::uint64_t>(static_cast<std::int64_t>(key));
  return static_cast<std::size_t>(Random().bits(whole)) & (table_.size() - 1);
}

std::size_t WaitingRows::place_of(double key) const noexcept {
  for (std::size_t place = start_of(key); table_[place] != none; place = (place + 1) & (table_.size() - 1))
    if (keys_[table_[place]] == key) return place;
  return none;
}

void WaitingRows::enter(std::size_t slot) noexcept {
  std::size_t place = start_of(keys_[slot]);
  while (table_[place] != none) place = (place + 1) & (table_.size() - 1);
  table_[place] = slot;
}

// What lies behind moves up, so that no search ends before its key.
void WaitingRows::leave(std::size_t place) noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t next = (place + 1) & mask; table_[next] != none; next = (next + 1) & mask) {
    const std::size_t start = start_of(keys_[table_[next]]);
    if (((next - start) & mask) < ((next - place) & mask)) continue;  // it begins behind the gap
    table_[place] = table_[next], place = next;
  }
  table_[place] = none;
}

WaitingRows::Row WaitingRows::row(std::size_t slot) noexcept {
  return {{inputs_.data() + slot * input_, input_}, {said_values_.data() + slot * said_, said_}, &last_[slot]};
}

WaitingRows::Row WaitingRows::add(std::int64_t whole) noexcept {
  const auto key = static_cast<double>(whole);
  const std::size_t slot = static_cast<std::size_t>(added_++) % keys_.size();
  if (alive_[slot] != 0) leave(place_of(keys_[slot])), ++dropped_, --waiting_;
  if (const std::size_t same = place_of(key); same != none) alive_[table_[same]] = 0, leave(same), ++dropped_, --waiting_;
  keys_[slot] = key, alive_[slot] = 1, ++waiting_;
  enter(slot);
  return row(slot);
}

WaitingRows::Row WaitingRows::find(std::int64_t key) noexcept {
  const std::size_t place = room() > 0 ? place_of(static_cast<double>(key)) : none;
  return place == none ? Row{{}, {}, nullptr} : row(table_[place]);
}

void WaitingRows::remove(std::int64_t key) noexcept {
  const std::size_t place = place_of(static_cast<double>(key));
  if (place == none) return;
  alive_[table_[place]] = 0, --waiting_;
  leave(place);
}

void WaitingRows::grow(std::size_t voices, std::size_t from, std::size_t to) {
  std::vector<real> wider(keys_.size() * voices * to);
  for (std::size_t i = 0; i < keys_.size() * voices; ++i) std::copy_n(&said_values_[i * from], from, &wider[i * to]);
  said_values_.swap(wider), said_ = voices * to;
}

void WaitingRows::state_dict(StateDict& dict) {
  if (room() == 0) return;
  dict.values("keys", keys_), dict.values("last", last_), dict.values("alive", alive_);
  dict.values("inputs", inputs_), dict.values("said", said_values_);
  dict.value("added", added_, std::int64_t{0}), dict.value("dropped", dropped_, std::int64_t{0});
  dict.value("waiting", waiting_, 0);
  if (dict.way() != StateDict::Way::read) return;
  std::ranges::fill(table_, none);
  for (std::size_t slot = 0; slot < keys_.size(); ++slot)
    if (alive_[slot] != 0) enter(slot);
}

}  // namespace cambium

#include "tests/hostile/mutate.h"

#include <algorithm>

namespace cambium_tests {
namespace {

struct Dice {
  const cambium::Random& random;
  std::uint64_t at = 0;
  std::size_t operator()(std::size_t sides) { return sides == 0 ? 0 : static_cast<std::size_t>(random.below(at++, sides)); }
};

constexpr std::uint64_t extremes[] = {0,          1,          2,          0x7f,       0x80,       0xff,       0x100,
                                      0x7fff,     0x8000,     0xffff,     0x10000,    0x7fffffff, 0x80000000, 0xffffffff,
                                      1ULL << 32, 1ULL << 61, 1ULL << 62, 1ULL << 63, ~0ULL >> 1, ~0ULL,      ~0ULL - 7};
constexpr const char* numbers[] = {
    "0",    "-1",    "1",   "007", "2147483648", "4294967296", "9223372036854775808", "18446744073709551615",
    "1e99", "1e999", "nan", "inf", "0.5",        "-0",         "1000000000000",       "99999999999999999999999"};

// In so many bytes, with either of them first.
void set_number(std::string& file, Dice& dice) {
  const std::size_t bytes = std::size_t{1} << dice(4), at = dice(file.size());
  const std::uint64_t value = extremes[dice(std::size(extremes))];
  const bool low_first = dice(2) == 0;
  for (std::size_t i = 0; i < bytes && at + i < file.size(); ++i)
    file[at + i] = static_cast<char>(value >> 8 * (low_first ? i : bytes - 1 - i));
}

// In the place of the next digits, if there are any.
void set_digits(std::string& file, Dice& dice) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto begin = std::find_if(file.begin() + static_cast<std::ptrdiff_t>(dice(file.size())), file.end(), is_digit);
  if (begin == file.end()) return;
  file.replace(begin, std::find_if_not(begin, file.end(), is_digit), numbers[dice(std::size(numbers))]);
}

void change(std::string& file, const std::vector<std::string>& good, Dice& dice) {
  const std::size_t at = dice(file.size() + 1), length = 1 + dice(dice(3) == 0 ? 200 : 12);
  const std::size_t kind = dice(9);
  if (kind == 0 && at < file.size()) file[at] = static_cast<char>(file[at] ^ 1 << dice(8));
  if (kind == 1 && at < file.size()) file[at] = static_cast<char>(dice(256));
  if (kind == 2 || kind == 3) set_number(file, dice);
  if (kind == 4) set_digits(file, dice);
  if (kind == 5) file.erase(at, length);
  if (kind == 6) file.insert(at, file.substr(dice(file.size() + 1), length));
  if (kind == 7) file.resize(at);
  if (kind == 8) {
    const std::string& other = good[dice(good.size())];
    const std::size_t from = dice(other.size() + 1);
    file = file.substr(0, at) + (dice(2) == 0 ? other.substr(from) : other.substr(from, length) + file.substr(at));
  }
}

}  // namespace

std::string mutant(const std::vector<std::string>& good, const cambium::Random& random) {
  Dice dice{random};
  std::string file = good[dice(good.size())];
  for (std::size_t changes = 1 + dice(2) * dice(4); changes > 0; --changes) change(file, good, dice);
  return file;
}

}  // namespace cambium_tests

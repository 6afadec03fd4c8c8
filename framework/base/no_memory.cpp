#include "cambium/framework/base/no_memory.h"

#include <exception>
#include <optional>

#include "cambium/framework/base/error.h"

namespace cambium {

std::string text_of_bytes(std::size_t bytes) {
  constexpr const char* units[] = {" kB", " MB", " GB", " TB", " PB", " EB"};
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  std::size_t unit = 0, thousandths = bytes;  // of the unit
  for (; thousandths >= 999'500; thousandths /= 1000) ++unit;
  const int decimals = thousandths < 9'995 ? 2 : thousandths < 99'950 ? 1 : 0;
  std::size_t step = 1000;  // of what is shown
  for (int i = 0; i < decimals; ++i) step /= 10;
  const std::size_t shown = (thousandths + step / 2) / step;
  std::string digits = std::to_string(shown);
  if (decimals > 0) digits.insert(digits.size() - static_cast<std::size_t>(decimals), ".");
  return digits + units[unit];
}

void no_memory_for(const char* what, std::size_t bytes, const char* remedy) {
  std::optional<Error> error;
  try {
    error.emplace(std::string("there is no memory for ") + what + ": " + (bytes > 0 ? text_of_bytes(bytes) : "some kilobytes"),
                  remedy);
  } catch (const std::bad_alloc&) {
  }
  if (error) throw Error(*error);
  throw;
}

void run_or_no_memory_for(const char* what, void (*run)(void*), void* work) try { run(work); } catch (const std::bad_alloc&) {
  no_memory_for(what);
}

void check_memory_for(const char* what, const void* made, std::size_t bytes) try {
  if (made == nullptr) throw std::bad_alloc();
} catch (const std::bad_alloc&) {
  no_memory_for(what, bytes);
}

}  // namespace cambium

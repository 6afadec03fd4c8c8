#include "cambium/framework/testing/faults.h"

#include "cambium/framework/base/error.h"

namespace cambium::testing {

void throw_faults(const std::string& check, const std::vector<std::string>& faults) {
  constexpr std::size_t most = 20;
  if (faults.empty()) return;
  std::string text = check + " found " + std::to_string(faults.size()) + (faults.size() == 1 ? " fault:" : " faults:");
  for (std::size_t i = 0; i < faults.size() && i < most; ++i) text += "\n  " + faults[i];
  if (faults.size() > most) text += "\n  and " + std::to_string(faults.size() - most) + " more";
  throw Error(text);
}

}  // namespace cambium::testing

#include "cambium/framework/base/environment.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/isa.h"

namespace cambium {
namespace {

// `where`: on what it depends which values are accepted, " on this processor" or nothing.
void check(const std::string& variable, const std::string& where, const std::vector<std::string>& accepted) {
  const char* const set = std::getenv(variable.c_str());
  const std::string value = set ? set : "";
  if (value.empty() || std::ranges::find(accepted, value) != accepted.end()) return;
  std::string list;
  for (const std::string& one : accepted) list += (list.empty() ? "" : ", ") + one;
  constexpr std::size_t most = 40;  // of a text that may hold anything
  const std::string shown = value.size() <= most ? value : value.substr(0, most) + "...";
  throw Error("environment: " + variable + "=" + shown + ", which" + where + " must be one of " + list,
              variable + "=" + accepted.back() + ", or leaving it away");
}

}  // namespace

void check_environment() {
  std::vector<std::string> isas;
  for (const Isa isa : available_isas()) isas.emplace_back(name(isa));
  check("CAMBIUM_ISA", " on this processor", isas);
  check("CAMBIUM_WINOGRAD", "", {"0", "1"});
  check("CAMBIUM_POISON", "", {"0", "1"});
}

bool poisons() {
#ifdef CAMBIUM_DEBUG
  constexpr bool by_itself = true;
#else
  constexpr bool by_itself = false;
#endif
  const char* const set = std::getenv("CAMBIUM_POISON");
  return set && *set ? std::string(set) == "1" : by_itself;
}

}  // namespace cambium

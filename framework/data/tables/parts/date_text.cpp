#include "cambium/framework/data/tables/parts/date_text.h"

#include <regex>

namespace cambium {

bool looks_like_date(std::string_view text) {
  static const std::regex date(
      R"((\d{4}([-./])\d\d?\2\d\d?|\d\d?([-./])\d\d?\3(\d\d)?\d\d)([T ]\d\d?:\d\d.*)?|\d\d?:\d\d(:\d\d.*)?)");
  constexpr std::size_t longest = 40;  // a regular expression takes stack for each letter
  return text.size() <= longest && std::regex_match(text.begin(), text.end(), date);
}

}  // namespace cambium

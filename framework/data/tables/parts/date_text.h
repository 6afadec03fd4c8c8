// Dates as tables have them.
#pragma once

#include <string_view>

namespace cambium {

// "2024-03-01", "1.3.2024", "03/01/24 12:30", "2024-03-01T12:30:05Z", "9:05". No calendar is asked.
bool looks_like_date(std::string_view text);

}  // namespace cambium

#include "apps/common/by_place.h"

#include <fmt/format.h>

#include <vector>

#include "apps/common/console.h"

namespace apps {
namespace {

// As a stream calls them that has no heading either.
bool are_numbered(const std::vector<cambium::TableFormat::Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name != fmt::format("column {}", i + 1)) return false;
  return true;
}

}  // namespace

void say_by_place(const std::string& file, std::size_t columns, const cambium::TableFormat& format) {
  if (are_numbered(format.columns)) return;
  const char* const label = format.label() == nullptr          ? ""
                            : columns == format.columns.size() ? ", with the label"
                                                               : ", without the label";
  complain(fmt::format("{}: has no heading; its {} taken in the order of the training{}", file == "-" ? "standard input" : file,
                       columns == 1 ? "column is" : fmt::format("{} columns are", columns), label));
}

}  // namespace apps

#include "cambium/framework/data/tables/parts/text_start.h"

#include "cambium/framework/base/error.h"

namespace cambium {

void check_start(const std::string& name, std::string_view start) {
  if (start.starts_with("PK\x03\x04")) throw Error(name + ": is a zip file, perhaps of a spreadsheet", "saving the table as CSV");
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff"))
    throw Error(name + ": is written in UTF-16", "saving it as UTF-8 (iconv -f UTF-16 -t UTF-8 IN > OUT makes such a copy)");
}

}  // namespace cambium

#include "apps/stream/byte_checks.h"

#include <string>
#include <string_view>

#include "apps/stream/rows.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/tables/parts/text_start.h"

namespace stream {

using cambium::Error;

void check_bytes(const Lines& lines) {
  const std::string_view line(lines.line().data(), lines.line().size());
  const bool first = lines.first_of_file();
  if (first) {
    const std::string where = lines.where(), file = where.substr(0, where.rfind(": line "));
    cambium::check_start(file, line);
    if (line.find('\r') != line.npos && line.find('"') == line.npos)
      throw Error(file + ": its lines end in CR alone", "tr '\\r' '\\n' before it, or saving it with other line ends");
  }
  if (line.find('\0') != line.npos) {
    if (first) throw Error(lines.where() + ": a zero byte, which no text has", "another file");
    throw Broken{"a zero byte, which no text has"};
  }
  if (lines.too_long() || cambium::is_utf8(line)) return;
  if (first) throw Error(lines.where() + ": " + cambium::in_quotes(line, 40) + " is not UTF-8", "saving the file as UTF-8");
  throw Broken{cambium::in_quotes(line, 40) + " is not UTF-8"};
}

}  // namespace stream

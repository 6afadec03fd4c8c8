#include "apps/predict/kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "apps/common/data_place.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/input_file.h"
#include "cambium/framework/files/parts/file_kind.h"

namespace predict {
namespace {

using namespace cambium;

// The reader that would take it, as ModelDescription has it, and what it is; no reader where that is not known.
struct Found {
  std::string_view reader;
  std::string what;
};

// Line ends and tabs are part of a text, other control characters are not; bytes above 127 may be.
bool is_text(std::span<const std::uint8_t> start) {
  return !start.empty() && std::ranges::none_of(start, [](std::uint8_t b) { return b < 0x20 && (b < '\t' || b > '\r'); });
}

Found by_content(const std::string& file, std::span<const std::uint8_t> start) {
  const FileKind kind = kind_of(start);
  const bool text = is_text(start);
  if (kind.picture && !text) return {"images", fmt::format("a picture ({})", kind.name)};
  if (kind.array) return {"array", kind.name};
  if (begins(start, "PK") && file.ends_with(".npz")) return {"array", "an archive of numpy"};
  if (apps::is_named_like_table(file)) return {"table", file.ends_with(".txt") ? "a text" : "a table"};
  if (text && kind.name == nullptr) return {"table", "a text"};
  return {};
}

Found kind_in(const std::string& file) {
  try {
    std::array<std::uint8_t, 64> start{};
    InputFile input(file);
    return by_content(file, std::span(start).first(input.read_up_to(start.data(), start.size())));
  } catch (const Error&) {  // none that can be looked into
    return {};
  }
}

const char* fitting(const apps::ModelDescription& model) {
  return model.reader == "table"    ? "a CSV file with the columns of the training"
         : model.reader == "images" ? "PNG or JPEG files, or a folder of them"
                                    : "an array as numpy saves it, X.npy";
}

}  // namespace

void check_kind(const apps::ModelDescription& model, const std::string& where) {
  const std::string file = apps::without_kind(where, {"csv", "images", "npy", "npz"});
  const Found found = file == "-" ? Found{"table", "for a table"} : kind_in(file);
  if (found.reader.empty() || found.reader == model.reader) return;
  throw Error(fmt::format("{}: {} takes {}, and this is {}", file == "-" ? "standard input" : file, model.file,
                          apps::inputs_of(model), found.what),
              fitting(model));
}

}  // namespace predict

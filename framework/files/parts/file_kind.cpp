#include "cambium/framework/files/parts/file_kind.h"

#include <algorithm>
#include <cstddef>

namespace cambium {
namespace {

struct Known {
  std::string_view begin;
  std::size_t at;
  FileKind kind;
};

constexpr FileKind picture(const char* name) { return {.name = name, .picture = true}; }

constexpr Known all_known[] = {{"\x89PNG", 0, picture("PNG")},
                               {"\xff\xd8\xff", 0, picture("JPEG")},
                               {"GIF8", 0, picture("GIF")},
                               {"BM", 0, picture("BMP")},
                               {"WEBP", 8, picture("WebP")},
                               {{"II*\0", 4}, 0, picture("TIFF")},
                               {{"MM\0*", 4}, 0, picture("TIFF")},
                               {"ftyp", 4, picture("HEIC, AVIF or video")},
                               {"\x93NUMPY", 0, {.name = "an array of numpy", .array = true}},
                               {"%PDF", 0, {.name = "PDF"}},
                               {"<", 0, {.name = "a web page, or SVG"}},
                               {"\x1f\x8b", 0, {.name = "packed by gzip"}},
                               {"PK", 0, {.name = "a zip archive"}}};

}  // namespace

FileKind kind_of(std::span<const std::uint8_t> start) {
  for (const Known& known : all_known)
    if (begins(start, known.begin, known.at)) return known.kind;
  return {};
}

bool begins(std::span<const std::uint8_t> start, std::string_view with, std::size_t at) {
  return start.size() >= at + with.size() &&
         std::equal(with.begin(), with.end(), start.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

}  // namespace cambium

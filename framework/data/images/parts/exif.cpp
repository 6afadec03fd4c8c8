#include "cambium/framework/data/images/parts/exif.h"

#include <string_view>

#include "cambium/framework/files/parts/file_kind.h"

namespace cambium {
namespace {

constexpr std::string_view exif_start("Exif\0\0", 6);
constexpr std::size_t entry_bytes = 12;

// Numbers of two and four bytes in the order of the file; 0, which is no tag and no orientation, beyond its end.
class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::uint8_t> tiff) : tiff_(tiff), low_first_(begins(tiff, "II")) {}

  std::uint32_t two(std::size_t at) const { return number(at, 2); }
  std::uint32_t four(std::size_t at) const { return number(at, 4); }

 private:
  std::uint32_t number(std::size_t at, std::size_t bytes) const {
    if (at > tiff_.size() || bytes > tiff_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | tiff_[at + (low_first_ ? bytes - 1 - i : i)];
    return value;
  }

  std::span<const std::uint8_t> tiff_;
  bool low_first_;
};

}  // namespace

std::optional<int> exif_orientation(std::span<const std::uint8_t> app1) {
  constexpr int upright = 1;
  if (!begins(app1, exif_start)) return std::nullopt;
  const std::span<const std::uint8_t> tiff = app1.subspan(exif_start.size());
  const TiffNumbers numbers(tiff);
  if ((!begins(tiff, "II") && !begins(tiff, "MM")) || numbers.two(2) != 42) return upright;
  const std::size_t directory = numbers.four(4), entries = numbers.two(directory);
  if (directory < 8) return upright;  // within the header
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + entry_bytes * i;
    if (numbers.two(at) != 0x0112) continue;
    const std::uint32_t value = numbers.two(at + 8);
    const bool good = numbers.two(at + 2) == 3 && numbers.four(at + 4) == 1 && value >= 1 && value <= 8;
    return good ? static_cast<int>(value) : upright;
  }
  return upright;
}

}  // namespace cambium

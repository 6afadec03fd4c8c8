// Pictures, alone and in folders.
#include <algorithm>
#include <span>

#include "cambium/framework/data/images/image_folder.h"
#include "tests/hostile/parts.h"
#include "tests/hostile/repair.h"

namespace cambium_tests {
namespace {

using namespace cambium;

constexpr PictureLimits limits = {.pixels = 1 << 22};

// As it is read, and as it comes back from what write_png makes of it.
Check read_picture_file(const std::string& bytes) {
  const MemoryFile file(bytes);
  const auto transparency = bytes.size() % 2 == 0 ? Transparency::on_white : Transparency::ignored;
  const Shape announced = picture_shape(file.path(), limits);
  auto picture = std::make_shared<Picture>(read_picture(file.path(), limits, transparency));
  return [picture, announced] {
    require(picture->shape() == announced, "a picture of another shape than by its header");
    const std::int64_t pixels = std::int64_t{picture->height} * picture->width;
    require(pixels <= limits.pixels && picture->bytes.size() == as_size(picture->shape().size()), "a picture of another size");
    if (pixels > 4096) return;
    require(decode_picture(encode_png(*picture, "it"), "it", limits) == *picture, "a picture does not come back");
    require(fitted(*picture, {3, 7, 5}, Fit::crop, "it").shape() == Shape{3, 7, 5}, "a picture is not fitted");
    require(resized(*picture, 9, 11).shape() == Shape{picture->channels, 9, 11}, "a picture is not resized");
  };
}

// Pixels of one bit become bytes, three of them where they are colours, beside rows of up to eight. JPEG: its squares, and some
// rows of up to 65,535 pixels.
std::uint64_t beside_picture(const std::string& bytes) {
  if (!bytes.starts_with("\x89PNG") || bytes.size() < 33) return 1024 * bytes.size() + (6 << 20);
  constexpr unsigned samples[] = {1, 1, 3, 1, 2, 1, 4};
  const auto depth = std::max(1u, unsigned{static_cast<unsigned char>(bytes[24])}),
             color = unsigned{static_cast<unsigned char>(bytes[25])};
  return 11 * png_rows(bytes).size() * 8 / (depth * samples[std::min(color, 6u)]);
}

// The only picture of the only class: the first bytes of a file when the folder is read, and the rest when it is fetched.
Check read_image_folder(const std::string& bytes) {
  static LinkedFile file("class/1.png");
  file.put(bytes);
  const ImageFolder set(
      file.folder(),
      {.channels = 3, .height = 8, .width = 8, .fit = Fit::resize, .cache_bytes = 0, .threads = 1, .limits = limits});
  std::vector<real> values(3 * 8 * 8);
  int label = 7;
  const std::int64_t row = 0;
  const View x{values.data(), Shape{3, 8, 8}, 1}, none;
  const std::span<int> labels(&label, 1);
  set.fetch({&row, 1}, {&x, 1}, {&labels, 1}, {&none, 1});
  set.check_fetched();
  return [label] { require(label == 0, "a picture has another class"); };
}

}  // namespace

std::vector<Format> picture_formats() {
  return {{"picture", read_picture_file, memory_place, repaired_png, beside_picture},
          {"image_folder", read_image_folder, "/", repaired_png, beside_picture}};
}

}  // namespace cambium_tests

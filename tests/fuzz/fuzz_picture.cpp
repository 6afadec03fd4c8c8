// Any bytes as a picture file: an Error, or a picture that its header announced, and that comes back from what write_png makes of
// it.
#include <cstdlib>

#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/resize.h"

using namespace cambium;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr PictureLimits limits = {.pixels = 1 << 18};
  const std::span<const std::uint8_t> file(data, size);
  try {
    const auto transparency = size % 2 == 0 ? Transparency::on_white : Transparency::ignored;
    const Picture picture = decode_picture(file, "it", limits, transparency);
    const auto pixels = static_cast<std::int64_t>(picture.height) * picture.width;
    if (pixels > limits.pixels || picture.bytes.size() != static_cast<std::size_t>(picture.shape().size())) std::abort();
    if (fitted(picture, {3, 7, 5}, Fit::crop, "it").shape() != Shape{3, 7, 5}) std::abort();
    if (pixels > 4096) return 0;
    if (decode_picture(encode_png(picture, "it"), "it", limits) != picture) std::abort();
    if (resized(picture, 9, 11).shape() != Shape{picture.channels, 9, 11}) std::abort();
  } catch (const Error&) {
  }
  return 0;
}

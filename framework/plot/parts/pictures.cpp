#include "cambium/framework/plot/parts/pictures.h"

#include <algorithm>

#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/plot/parts/text_width.h"

namespace cambium::plot {
namespace {

constexpr double gap = 8, widest = 200, least = 8;

std::string base64(const std::vector<std::uint8_t>& bytes) {
  constexpr const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned block = 0;
    for (std::size_t k = 0; k < 3; ++k) block = block << 8 | (i + k < bytes.size() ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? letters[block >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace

std::string data_uri(const Picture& picture) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  cambium::Picture planes = {picture.channels, picture.height, picture.width, {}};
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = c; i < picture.bytes.size(); i += channels) planes.bytes.push_back(picture.bytes[i]);
  return "data:image/png;base64," + base64(encode_png(planes, "plot"));
}

PictureGrid::PictureGrid(const std::vector<Picture>& pictures, int columns, double width, std::optional<double> height)
    : pictures_(pictures), columns_(static_cast<std::size_t>(columns)) {
  const auto rows = static_cast<double>((pictures.size() + columns_ - 1) / columns_);
  slot_ = (width - gap * (columns - 1)) / columns;
  size_ = std::min(slot_, widest);
  std::size_t lines = 0;
  double tallest = 0;  // in widths
  for (const Picture& picture : pictures) {
    lines = std::max(lines, caption(picture).size());
    tallest = std::max(tallest, picture_height(picture, 1));
  }
  const double text = static_cast<double>(lines) * line_height(Role::caption) + (lines > 0 ? 3 : 0);
  if (height) size_ = std::min(size_, std::max(least, *height / rows - text - gap) / std::max(tallest, 1e-9));
  row_ = size_ * tallest + text + gap;
  height_ = rows * row_;
}

double PictureGrid::picture_height(const Picture& picture, double width) const { return width * picture.height / picture.width; }

std::vector<std::string> PictureGrid::caption(const Picture& picture) const {
  return wrapped(picture.caption, slot_, size_of(Role::caption), 3);
}

void PictureGrid::draw(Canvas& canvas, double top) const {
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const Picture& picture = pictures_[i];
    const double left = static_cast<double>(i % columns_) * (slot_ + gap), y = top + static_cast<double>(i / columns_) * row_;
    const double at = left + (slot_ - size_) / 2, height = picture_height(picture, size_);
    canvas.image({at, y, at + size_, y + height}, data_uri(picture));
    double line = y + height + 2 + 0.8 * line_height(Role::caption);
    for (const std::string& text : caption(picture)) {
      canvas.text({text, {left + slot_ / 2, line}, Role::caption, Anchor::middle});
      line += line_height(Role::caption);
    }
  }
}

}  // namespace cambium::plot

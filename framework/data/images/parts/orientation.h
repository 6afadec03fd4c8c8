// Where the pixels go of a picture that is stored on its side, upside down, or as in a mirror.
//
// The orientation says which sides of the picture as it is seen are the first row and the first column that are stored:
//
//   1  top, left      3  bottom, right      5  left, top      7  right, bottom
//   2  top, right     4  bottom, left       6  right, top     8  left, bottom
//
// Source: Exif 2.3, 4.6.4, tag 0x0112; TIFF 6.0, section 8.
#pragma once

#include <cstddef>

namespace cambium {

// Whether stored rows are seen as columns, so that height and width change places.
constexpr bool lies_on_its_side(int orientation) { return orientation >= 5; }

// Where the stored value (y, x) of a channel lies in that channel as it is seen.
struct SeenPlaces {
  std::ptrdiff_t first, down, right;

  constexpr std::ptrdiff_t at(std::size_t y, std::size_t x) const {
    return first + static_cast<std::ptrdiff_t>(y) * down + static_cast<std::ptrdiff_t>(x) * right;
  }
};

// Height and width are those that are stored.
constexpr SeenPlaces seen_places(int orientation, std::ptrdiff_t height, std::ptrdiff_t width) {
  const bool rows_from_end = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_from_end = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const std::ptrdiff_t down = lies_on_its_side(orientation) ? 1 : width, right = lies_on_its_side(orientation) ? height : 1;
  return {(rows_from_end ? (height - 1) * down : 0) + (columns_from_end ? (width - 1) * right : 0), rows_from_end ? -down : down,
          columns_from_end ? -right : right};
}

}  // namespace cambium

// Pictures of other sizes and channels. In whole numbers: the same bytes on every machine. All refuse a picture that write_png
// would.
#pragma once

#include <string>

#include "cambium/framework/data/images/picture.h"

namespace cambium {

// One channel from three is (19595 r + 38470 g + 7471 b + 32768) / 65536, the luma of ITU-R BT.601, as in PIL's convert("L"); three
// from one are the same three times. Error: other numbers than 1 and 3.
Picture with_channels(Picture picture, int channels);

// The whole picture in another size, each direction by itself. To fewer pixels: the average over the area that a new pixel covers,
// parts of old ones by their part. To more: linear between the centres of old pixels, and the outermost go on to the edge. Rounded
// once. Errors: a size below 1 or above 65535.
Picture resized(const Picture& picture, int height, int width);

// The largest part of the proportions height : width (to a pixel), from the middle; of an odd rest the smaller half is left or
// above.
Picture centre_of(const Picture& picture, int height, int width);

// How a picture of another size becomes one that fits: not at all, resized, or its centre resized, which keeps proportions and cuts
// off what is too long.
enum class Fit { refuse, resize, crop };

// A picture of the shape `to`, by these functions in the order centre_of, resized, with_channels. Error for Fit::refuse where the
// size differs; `who` stands for the picture there.
Picture fitted(Picture picture, const Shape& to, Fit fit, const std::string& who);

}  // namespace cambium

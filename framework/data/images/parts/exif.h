// The orientation that a camera notes in a JPEG file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace cambium {

// The contents of a segment APP1, which has 64 KB at most, behind its length:
//
//   "Exif" 0 0                   then a TIFF file, in which places are counted from its first byte
//   "II" 42 or "MM" 42, place    the lowest byte of each number first, or the highest; where the directory is
//   count, count times 12 bytes  the directory: tag, type, number of values, and what fits into four bytes stands there itself
//
// The orientation is the entry with tag 0x0112, of type 3 (two bytes) and one value, 1 to 8; see orientation.h.
//
// Nothing for other contents than EXIF. 1, which is upright, where EXIF has no orientation, or anything on the way to it is
// damaged: a note is no reason to refuse a picture.
//
// Sources: Exif 2.3, 4.5.4 (TIFF in APP1) and 4.6.4 (orientation); TIFF 6.0, section 2 (header and directory).
std::optional<int> exif_orientation(std::span<const std::uint8_t> app1);

}  // namespace cambium

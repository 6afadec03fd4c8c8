// Lines whose bytes are no text.
#pragma once

#include "apps/stream/lines.h"

namespace stream {

// Throws Error for the first line of a file that is written in another way, in the words of train: UTF-16, a zip file, line ends of
// CR alone, a zero byte, what is no UTF-8. Throws Broken for a later one that has a zero byte or is no UTF-8.
void check_bytes(const Lines& lines);

}  // namespace stream

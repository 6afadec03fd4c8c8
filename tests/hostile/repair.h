// Files with the checksums that they should have, so that a reader looks at what lies behind them. None of these throws: what
// cannot be repaired stays as it is.
#pragma once

#include <string>

namespace cambium_tests {

std::string noise(std::size_t bytes);  // which nothing packs
std::string gzip_of(const std::string& bytes);
std::string unpacked(const std::string& bytes);      // by gzip, as far as it goes, at most 64 MB; what is not packed stays
std::string packed_again(const std::string& bytes);  // gzip of what gzip makes of it, where that is little
std::string repaired_zip(const std::string& bytes);
std::string repaired_png(const std::string& bytes);
std::string png_rows(const std::string& bytes);  // as they are packed in it, as far as that goes, at most 64 MB
std::string repaired_safetensors(const std::string& bytes);

}  // namespace cambium_tests

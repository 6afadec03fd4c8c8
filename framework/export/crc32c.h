// The checksum of a TFRecord: CRC-32C, the cyclic redundancy check with the polynomial of Castagnoli et al. (1993, "Optimization of
// cyclic redundancy-check codes with 24 and 32 parity bits"), as iSCSI has it (RFC 3720, appendix B.4).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cambium {

// The remainder of the bits by x^32 + x^28 + x^27 + ... + x^6 + 1, the lowest bit of a byte first, begun and ended with all bits
// turned over.
inline std::uint32_t crc32c(std::string_view bytes) noexcept {
  static constexpr std::array<std::uint32_t, 256> remainders = [] {
    std::array<std::uint32_t, 256> all{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t rest = byte;
      for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0x82f63b78u : 0u);
      all[byte] = rest;
    }
    return all;
  }();
  std::uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ remainders[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

// What stands in the file: a checksum of bytes that hold checksums is no good one, so it is turned and shifted. Source:
// https://www.tensorflow.org/tutorials/load_data/tfrecord.
inline std::uint32_t masked_crc32c(std::string_view bytes) noexcept {
  const std::uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

}  // namespace cambium

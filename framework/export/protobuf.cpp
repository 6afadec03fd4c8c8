#include "cambium/framework/export/protobuf.h"

#include <bit>

namespace cambium::protobuf {
namespace {

enum WireType { varint_type = 0, eight_bytes_type = 1, length_type = 2, four_bytes_type = 5 };

template <class Unsigned>
void append(std::string& to, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(value); ++i) to += static_cast<char>(value >> 8 * i & 0xff);
}

}  // namespace

void Message::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) data_ += static_cast<char>((value & 0x7f) | 0x80);
  data_ += static_cast<char>(value);
}

Message& Message::number(int field, std::int64_t value) {
  tag(field, varint_type);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::real32(int field, float value) {
  tag(field, four_bytes_type);
  append(data_, std::bit_cast<std::uint32_t>(value));
  return *this;
}

Message& Message::real64(int field, double value) {
  tag(field, eight_bytes_type);
  append(data_, std::bit_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::bytes(int field, std::string_view value) {
  tag(field, length_type);
  varint(value.size());
  data_ += value;
  return *this;
}

std::string little_endian(std::span<const float> values) {
  std::string bytes;
  bytes.reserve(values.size_bytes());
  for (const float value : values) append(bytes, std::bit_cast<std::uint32_t>(value));
  return bytes;
}

std::string little_endian(std::span<const double> values) {
  std::string bytes;
  bytes.reserve(values.size_bytes());
  for (const double value : values) append(bytes, std::bit_cast<std::uint64_t>(value));
  return bytes;
}

std::string little_endian(std::span<const std::int64_t> values) {
  std::string bytes;
  for (const std::int64_t value : values) append(bytes, static_cast<std::uint64_t>(value));
  return bytes;
}

}  // namespace cambium::protobuf

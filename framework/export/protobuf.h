// The wire format of Protocol Buffers, as much of it as writers of ONNX and event files need, without the library and without a
// schema.
//
// A message is fields one after the other, each with a tag, number * 8 + type, before its value:
//     0  a whole number as a varint: seven bits a byte, the lowest first, the eighth set where more follow; negative n as 2^64 + n
//     1  eight bytes, little-endian: a double
//     2  a length as a varint, then so many bytes: a text, a message, or numbers one after the other
//     5  four bytes, little-endian: a float
// Source: https://protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cambium::protobuf {

class Message {
 public:
  Message& number(int field, std::int64_t value);
  Message& real32(int field, float value);
  Message& real64(int field, double value);
  Message& bytes(int field, std::string_view value);  // a text, which is then UTF-8, or anything
  Message& message(int field, const Message& value) { return bytes(field, value.data_); }

  const std::string& data() const { return data_; }

 private:
  void tag(int field, int type) { varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(type)); }
  void varint(std::uint64_t value);

  std::string data_;
};

// So many floats, doubles, or whole numbers of 64 bits, as they lie in a little-endian memory.
std::string little_endian(std::span<const float> values);
std::string little_endian(std::span<const double> values);
std::string little_endian(std::span<const std::int64_t> values);

}  // namespace cambium::protobuf

#include "tests/export/events.h"

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "tests/data/temp_folder.h"

namespace cambium_tests {
namespace {

template <class T>
T take(std::string_view& bytes) {
  if (bytes.size() < sizeof(T)) throw std::runtime_error("cut");
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

std::string_view take_bytes(std::string_view& bytes, std::uint64_t count) {
  if (bytes.size() < count) throw std::runtime_error("cut");
  const std::string_view part = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return part;
}

// Bit by bit, by the definition: no table.
void check(std::string_view bytes, std::uint32_t masked) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool out = ((crc ^ static_cast<unsigned>(static_cast<unsigned char>(byte)) >> bit) & 1) != 0;
      crc = crc >> 1 ^ (out ? 0x82f63b78u : 0);
    }
  crc = ~crc;
  if ((crc >> 15 | crc << 17) + 0xa282ead8u != masked) throw std::runtime_error("a checksum is wrong");
}

std::uint64_t varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = take<unsigned char>(bytes);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

struct WireField {
  int number = 0;
  std::uint64_t whole = 0;
  double real = 0;
  std::string_view bytes{};
};

std::vector<WireField> fields_of(std::string_view message) {
  std::vector<WireField> fields;
  while (!message.empty()) {
    const std::uint64_t tag = varint(message);
    WireField field{.number = static_cast<int>(tag >> 3)};
    if ((tag & 7) == 0) field.whole = varint(message);
    if ((tag & 7) == 1) field.real = take<double>(message);
    if ((tag & 7) == 2) field.bytes = take_bytes(message, varint(message));
    if ((tag & 7) == 5) field.real = static_cast<double>(take<float>(message));
    if ((tag & 7) == 3 || (tag & 7) == 4 || (tag & 7) > 5) throw std::runtime_error("a wire type that is none");
    fields.push_back(field);
  }
  return fields;
}

std::vector<double> doubles(std::string_view bytes) {
  std::vector<double> values;
  while (!bytes.empty()) values.push_back(take<double>(bytes));
  return values;
}

void read_value(std::string_view message, ReadEvent& event) {
  for (const WireField& f : fields_of(message)) {
    if (f.number == 1) event.tag = f.bytes;
    if (f.number == 2) event.has_scalar = true, event.scalar = static_cast<float>(f.real);
    if (f.number == 4)
      for (const WireField& g : fields_of(f.bytes)) {
        int* const sizes[] = {&event.height, &event.width, &event.channels};
        g.number <= 3 ? void(*sizes[g.number - 1] = static_cast<int>(g.whole)) : void(event.png = g.bytes);
      }
    if (f.number == 5)
      for (const WireField& g : fields_of(f.bytes)) {
        double* const reals[] = {&event.low, &event.high, &event.count, &event.sum, &event.squares};
        g.number <= 5 ? void(*reals[g.number - 1] = g.real) : void((g.number == 6 ? event.ends : event.counts) = doubles(g.bytes));
      }
  }
}

ReadEvent event_of(std::string_view data) {
  ReadEvent event;
  for (const WireField& f : fields_of(data)) {
    if (f.number == 1) event.wall_time = f.real;
    if (f.number == 2) event.step = static_cast<std::int64_t>(f.whole);
    if (f.number == 3) event.version = f.bytes;
    if (f.number == 5)
      for (const WireField& value : fields_of(f.bytes)) read_value(value.bytes, event);
    if (f.number == 7)
      for (const WireField& status : fields_of(f.bytes)) event.starts = status.number == 1 && status.whole == 1;
  }
  return event;
}

}  // namespace

std::vector<ReadEvent> read_events(const std::string& path) {
  const std::string file = read_bytes(path);
  std::string_view left = file;
  std::vector<ReadEvent> events;
  while (!left.empty()) {
    const std::string_view length = take_bytes(left, 8);
    check(length, take<std::uint32_t>(left));
    std::string_view count = length;
    const std::string_view data = take_bytes(left, take<std::uint64_t>(count));
    check(data, take<std::uint32_t>(left));
    events.push_back(event_of(data));
  }
  return events;
}

std::string event_file_in(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find("tfevents") != std::string::npos) found.push_back(entry.path());
  if (found.size() != 1) throw std::runtime_error(std::to_string(found.size()) + " event files in " + folder);
  return found[0];
}

}  // namespace cambium_tests

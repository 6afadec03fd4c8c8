// A TFRecord file is records one after the other, numbers little-endian:
//     length of the data (8 bytes), masked CRC-32C of these 8 bytes (4), the data, masked CRC-32C of the data (4)
// and here the data of each is one protobuf message Event:
//     1 wall_time (double)   2 step   3 file_version (text)   5 summary { 1 value { 1 tag, 2 simple_value, 4 image, 5 histo } }
//     7 session_log { 1 status }
// Source: tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
#include "cambium/framework/export/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/export/crc32c.h"
#include "cambium/framework/export/protobuf.h"

namespace cambium {
namespace {

using protobuf::Message;

std::string message_of(int error) { return std::generic_category().message(error); }

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

Message event_at(std::int64_t step) {
  Message event;
  event.real64(1, seconds_since_1970()).number(2, step);
  return event;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

std::string record_of(const std::string& data) {
  const std::string length = little_endian(data.size(), 8);
  return length + little_endian(masked_crc32c(length), 4) + data + little_endian(masked_crc32c(data), 4);
}

// An event with one value under this tag.
std::string event_of(const std::string& path, const std::string& tag, std::int64_t step, const auto& add) {
  if (tag.empty()) throw Error(path + ": a tag is empty", "a name for what is added");
  if (!is_utf8(tag)) throw Error(path + ": the tag " + in_quotes(tag, 40) + " is no UTF-8", "plain letters");
  Message value;
  value.bytes(1, tag);
  add(value);
  return event_at(step).message(5, Message().message(1, value)).data();
}

// 1 min, 2 max, 3 num, 4 sum, 5 sum_squares, 6 upper ends of the bins, 7 how many are in each; 6 and 7 are packed.
template <class T>
Message histogram_of(std::span<const T> values, int bins) {
  double low = HUGE_VAL, high = -HUGE_VAL, sum = 0, squares = 0;
  for (const T v : values)
    if (std::isfinite(v)) low = std::min<double>(low, v), high = std::max<double>(high, v);
  if (low == high) bins = 1;
  const double width = high / bins - low / bins;  // of numbers as large as there are the difference may be none
  std::vector<double> ends, counts(static_cast<std::size_t>(bins), 0.0);
  for (int i = 1; i <= bins; ++i) ends.push_back(low / bins * (bins - i) + high / bins * i);
  ends.back() = high;
  double count = 0;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    const double place = width > 0 ? std::floor((v / width) - low / width) : 0;
    counts[static_cast<std::size_t>(std::clamp(place, 0.0, bins - 1.0))] += 1;
    sum += v, squares += v * v, count += 1;
  }
  Message histogram;
  histogram.real64(1, low).real64(2, high).real64(3, count).real64(4, sum).real64(5, squares);
  histogram.bytes(6, protobuf::little_endian(ends)).bytes(7, protobuf::little_endian(counts));
  return histogram;
}

template <class T>
bool any_finite(std::span<const T> values) {
  return std::ranges::any_of(values, [](T v) { return std::isfinite(v); });
}

template <class T>
std::string histogram_event(const std::string& path, const std::string& tag, std::span<const T> values, std::int64_t step,
                            int bins) {
  if (bins < 1) throw Error(fmt::format("{}: a histogram of {} bins", path, bins), "50");
  return event_of(path, tag, step, [&](Message& value) { value.message(5, histogram_of(values, bins)); });
}

}  // namespace

EventFile::EventFile(const std::string& folder, const EventFileOptions& options) {
  std::error_code failed;
  if (!std::filesystem::create_directories(folder, failed) && failed)
    throw Error(fmt::format("{} cannot be made: {}", folder, failed.message()), "a folder in which you may write");
  const auto now = static_cast<long>(seconds_since_1970());
  for (int number = 0; file_ < 0; ++number) {  // the name of an older one is never taken
    path_ = fmt::format("{}/events.out.tfevents.{:010}.{:04}.cambium", folder, now, number);
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (file_ < 0 && errno != EEXIST)
      throw Error(fmt::format("{} cannot be made: {}", path_, message_of(errno)), "a folder in which you may write");
  }
  try {
    write(Message().real64(1, seconds_since_1970()).bytes(3, "brain.Event:2").data());
    constexpr int start = 1;  // of session_log.status
    if (options.first_step > 0) write(event_at(options.first_step).message(7, Message().number(1, start)).data());
  } catch (...) {
    close(file_);  // a constructor that throws has no destructor
    unlink(path_.c_str());
    throw;
  }
}

EventFile::~EventFile() { close(file_); }

void EventFile::write(const std::string& event) {
  const std::string record = record_of(event);
  std::string_view left = record;
  while (!left.empty()) {
    const ssize_t written = ::write(file_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = written < 0 ? errno : ENOSPC;
      if (ftruncate(file_, size_) != 0) size_ = std::max<std::int64_t>(size_, lseek(file_, 0, SEEK_END));
      throw Error(fmt::format("{} cannot be written: {}", path_, message_of(error)), "a disk with more room");
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += static_cast<std::int64_t>(record.size());
}

void EventFile::add_scalar(const std::string& tag, double value, std::int64_t step) {
  write(event_of(path_, tag, step, [&](Message& message) { message.real32(2, static_cast<float>(value)); }));
}

void EventFile::add_histogram(const std::string& tag, std::span<const float> values, std::int64_t step, int bins) {
  const std::string event = any_finite(values) ? histogram_event(path_, tag, values, step, bins) : "";
  if (!event.empty()) write(event);
}

void EventFile::add_histogram(const std::string& tag, std::span<const double> values, std::int64_t step, int bins) {
  const std::string event = any_finite(values) ? histogram_event(path_, tag, values, step, bins) : "";
  if (!event.empty()) write(event);
}

// 1 height, 2 width, 3 channels, 4 the bytes of a PNG file.
void EventFile::add_image(const std::string& tag, const Picture& picture, std::int64_t step) {
  const std::vector<std::uint8_t> png = encode_png(picture, path_ + ": " + in_quotes(tag, 40));
  Message image;
  image.number(1, picture.height).number(2, picture.width).number(3, picture.channels);
  image.bytes(4, {reinterpret_cast<const char*>(png.data()), png.size()});
  write(event_of(path_, tag, step, [&](Message& value) { value.message(4, image); }));
}

}  // namespace cambium

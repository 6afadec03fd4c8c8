#include "apps/stream/lines.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "apps/common/signals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/export/crc32c.h"

namespace stream {
namespace {

using cambium::Error;

constexpr std::size_t kept = 40;  // of a line that is too long
constexpr std::size_t room = Lines::most_bytes + (std::size_t{1} << 16);

std::string name_of(const std::string& file) { return file == "-" || file == "/dev/stdin" ? "standard input" : file; }

[[noreturn]] void fail(const std::string& file, int error) {
  throw Error(fmt::format("{}: cannot be read: {}", name_of(file), std::generic_category().message(error)),
              "a file that you may read");
}

bool is_file(const std::string& name) {
  struct stat found = {};
  if ((name == "-" ? fstat(STDIN_FILENO, &found) : stat(name.c_str(), &found)) != 0) fail(name, errno);
  return S_ISREG(found.st_mode);
}

// Of a file, its first bytes: fewer where it is shorter.
std::string start_of(const std::string& name, std::size_t bytes) {
  const int file = name == "-" ? STDIN_FILENO : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(name, errno);
  std::string start(bytes, '\0');
  ssize_t got = 0;
  std::size_t length = 0;
  while (length < bytes && (got = pread(file, start.data() + length, bytes - length, static_cast<off_t>(length))) != 0) {
    if (got < 0 && errno != EINTR) break;
    length += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  const int error = errno;
  if (file != STDIN_FILENO) close(file);
  if (got < 0) fail(name, error);
  start.resize(length);
  return start;
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

Lines::Lines(std::vector<std::string> files, std::function<void()> idle)
    : files_(std::move(files)), idle_(std::move(idle)), buffer_(new char[room + 1]) {}
Lines::Lines(std::function<std::string(long)> draw, long rows)
    : files_{"demo"}, draw_(std::move(draw)), rows_(rows), buffer_(new char[room + 1]), seeks_(true) {}
Lines::~Lines() { close_file(); }

std::string Lines::where() const {
  return fmt::format("{}: line {}", name_of(files_[std::min(place_.file, files_.size() - 1)]), place_.lines);
}

std::string Lines::where_all() const {
  return name_of(files_[0]) + (files_.size() > 1 ? fmt::format(" and {} more", files_.size() - 1) : "");
}

void Lines::close_file() {
  if (file_ > STDIN_FILENO) close(file_);
  file_ = -1, at_ = end_ = 0, ended_ = false, any_ = place_.offset > 0;
}

bool Lines::open_next() {
  if (opened_ && place_.file + 1 >= files_.size()) return false;  // a run that goes on may find more behind the last one
  if (opened_) ++place_.file, place_.offset = 0, place_.lines = 0, start_.clear();
  close_file();
  const std::string& name = files_[place_.file];
  file_ = name == "-" ? STDIN_FILENO : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) fail(name, errno);
  struct stat found = {};
  fstat(file_, &found);
  if (S_ISDIR(found.st_mode)) throw Error(name + ": is a folder", "the files in it");
  seeks_ = S_ISREG(found.st_mode), opened_ = true;
  if (seeks_ && place_.offset > 0) {
    if (static_cast<std::uint64_t>(found.st_size) < place_.offset)
      throw Error(
          fmt::format("{}: is shorter than when it was read, {} bytes and not {}", name_of(name), found.st_size, place_.offset),
          "the same file");
    lseek(file_, static_cast<off_t>(place_.offset), SEEK_SET);
  }
  return true;
}

Place Lines::place() const {
  Place place = place_;
  place.seeks = seeks_;
  place.start = cambium::crc32c(std::string_view(start_).substr(0, std::min(place_.offset, most_of_start)));
  return place;
}

bool Lines::knows(const Place& place) {
  if (draw_) return true;
  const std::string& name = files_[place.file];
  const auto length = static_cast<std::size_t>(std::min(place.offset, most_of_start));
  if (!place.seeks || !is_file(name)) return false;
  start_ = start_of(name, length);
  if (start_.size() == length && (!place.start || cambium::crc32c(start_) == *place.start)) return true;
  start_.clear();
  return false;
}

std::string Lines::go_on_at(const Place& place) {
  place_ = place, opened_ = false;
  if (knows(place)) return "";
  const std::string& name = files_[place.file];
  const bool file = is_file(name);
  place_.offset = 0, place_.lines = 0;
  if (!file && !place.seeks) return "";
  return fmt::format("{} is {}, and is read from its start", name_of(name),
                     !file         ? "a pipe, and no file as before"
                     : place.seeks ? "another file than the one of before"
                                   : "a file, and no pipe as before");
}

// False when the program is to end.
bool Lines::wait() {
  pollfd input{file_, POLLIN, 0};
  for (int milliseconds = 0;; milliseconds = 250) {
    if (apps::stopped()) return false;
    if (poll(&input, 1, milliseconds) > 0) return true;
    if (idle_) idle_();
  }
}

// More behind what is there. False at the end of the file, and when the program is to end.
bool Lines::refill() {
  if (ended_ || !wait()) return false;
  if (at_ > 0) std::memmove(buffer_.get(), buffer_.get() + at_, end_ - at_), end_ -= at_, at_ = 0;
  ssize_t got = 0;
  do got = read(file_, buffer_.get() + end_, std::min(room - end_, std::size_t{1} << 16));
  while (got < 0 && errno == EINTR && !apps::stopped());
  if (got < 0 && errno != EINTR) fail(files_[place_.file], errno);
  if (place_.offset == 0 && end_ == 0 && got > 1 && buffer_[0] == '\x1f' && buffer_[1] == '\x8b')
    throw Error(name_of(files_[place_.file]) + ": is packed by gzip", "zcat FILE | stream ...");
  ended_ = got == 0;
  if (got > 0 && start_.size() < most_of_start)
    start_.append(buffer_.get() + end_, std::min(static_cast<std::size_t>(got), most_of_start - start_.size()));
  end_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  return got > 0;
}

// The rest of a line that is too long goes by unread.
bool Lines::take_line() {
  too_long_ = false;
  std::size_t looked = 0, gone = 0;
  while (true) {
    const char* const from = buffer_.get() + at_;
    const auto* found = static_cast<const char*>(std::memchr(from + looked, '\n', end_ - at_ - looked));
    if (found) {
      const auto bytes = static_cast<std::size_t>(found - from);
      too_long_ |= bytes > most_bytes;
      begin_ = at_, length_ = too_long_ ? kept : bytes;
      at_ += bytes + 1, place_.offset += gone + bytes + 1, ++place_.lines;
      return true;
    }
    looked = end_ - at_;
    if (looked > most_bytes) {  // its first letters stay, for the message
      const std::size_t more = looked - kept;
      std::memmove(buffer_.get() + at_ + more, buffer_.get() + at_, kept);
      at_ += more, gone += more, looked = kept, too_long_ = true;
    }
    if (refill()) continue;
    if (!ended_ || looked == 0) return false;
    begin_ = at_, length_ = too_long_ ? kept : looked;  // the last line has no end
    place_.offset += gone + looked, at_ = end_, ++place_.lines;
    return true;
  }
}

bool Lines::next_drawn() {
  if (place_.lines > rows_ || apps::stopped()) return false;
  const std::string line = draw_(static_cast<long>(place_.lines));
  first_ = place_.lines++ == 0, begin_ = 0, length_ = line.copy(buffer_.get(), room);
  return true;
}

bool Lines::next() {
  if (draw_) return next_drawn();
  while (!apps::stopped()) {
    if ((file_ < 0 && !open_next()) || apps::stopped()) return false;
    if (!take_line()) {
      if (!ended_) return false;
      if (!open_next()) return false;
      continue;
    }
    if (length_ > 0 && buffer_[begin_ + length_ - 1] == '\r') --length_;
    if (!any_ && std::string_view(buffer_.get() + begin_, length_).starts_with("\xef\xbb\xbf")) begin_ += 3, length_ -= 3;
    if (blank({buffer_.get() + begin_, length_})) continue;
    first_ = !any_, any_ = true;
    return true;
  }
  return false;
}

}  // namespace stream

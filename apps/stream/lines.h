// Lines as they come, from files one after the other, or from a pipe that may be silent for hours.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace stream {

// Where the next line begins, and in what.
struct Place {
  std::size_t file = 0;                  // of those that were named
  std::uint64_t offset = 0;              // in bytes
  std::int64_t lines = 0;                // of this file that came before
  bool seeks = false;                    // it is a file, and no pipe
  std::optional<std::uint32_t> start{};  // CRC-32C of its first bytes: so many as were read, and most_of_start at most
};

class Lines {
 public:
  static constexpr std::size_t most_bytes = std::size_t{1} << 20;  // of a line

  static constexpr std::uint64_t most_of_start = std::uint64_t{1} << 16;

  // `idle` is called before each wait for more, and four times a second while there is nothing.
  Lines(std::vector<std::string> files, std::function<void()> idle);
  // Lines that are drawn: the header, and so many rows.
  Lines(std::function<std::string(long)> draw, long rows);
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // False at the end of the last file, and when the program is to end. Lines of blanks are passed over.
  bool next();
  std::span<char> line() const { return {buffer_.get() + begin_, length_}; }  // without its end; may be written to
  bool too_long() const { return too_long_; }                                 // more than most_bytes: this is the start of it
  bool first_of_file() const { return first_; }                               // of the lines that have something on them
  std::string where() const;                                                  // "FILE: line 7"
  std::string where_all() const;                                              // "FILE and 2 more"
  Place place() const;                                                        // behind this line
  std::size_t files() const { return files_.size(); }                         // that were named
  // That file, which begins with what was read of it, is there again. Error: it is not there.
  bool knows(const Place& place);
  // A file that is known goes on there, and a pipe behind a pipe with what comes. All else is new, and read from its start; what is
  // to be said of that is the answer.
  std::string go_on_at(const Place& place);

 private:
  bool next_drawn();
  bool open_next();
  void close_file();
  bool refill();
  bool take_line();
  bool wait();

  std::vector<std::string> files_;
  std::function<void()> idle_;
  std::function<std::string(long)> draw_;
  long rows_ = 0;  // to draw
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0, end_ = 0, begin_ = 0, length_ = 0;
  int file_ = -1;
  bool ended_ = false, seeks_ = false, too_long_ = false, first_ = false, any_ = false, opened_ = false;
  Place place_;
  std::string start_;  // of this file, as it was read
};

}  // namespace stream

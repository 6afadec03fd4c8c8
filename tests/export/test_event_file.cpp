#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <numeric>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/export/crc32c.h"
#include "cambium/framework/export/event_file.h"
#include "tests/data/temp_folder.h"
#include "tests/export/events.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using cambium_tests::event_file_in;
using cambium_tests::read_bytes;
using cambium_tests::read_events;
using cambium_tests::ReadEvent;
using cambium_tests::TempFolder;

Picture stripes(int channels) {
  Picture picture{channels, 3, 5, std::vector<std::uint8_t>(static_cast<std::size_t>(channels) * 15)};
  std::iota(picture.bytes.begin(), picture.bytes.end(), std::uint8_t{7});
  return picture;
}

}  // namespace

TEST_CASE("event file: CRC-32C of RFC 3720, appendix B.4") {
  std::string up, down;
  for (int i = 0; i < 32; ++i) up += static_cast<char>(i), down += static_cast<char>(31 - i);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(crc32c(up) == 0x46dd794e);
  CHECK(crc32c(down) == 0x113fdb5c);
  std::string command(48, '\0');  // a SCSI read of the protocol
  for (const auto& [at, byte] :
       {std::pair<std::size_t, int>{0, 0x01}, {1, 0xc0}, {16, 0x14}, {22, 0x04}, {27, 0x14}, {31, 0x18}, {32, 0x28}, {40, 0x02}})
    command[at] = static_cast<char>(byte);
  CHECK(crc32c(command) == 0xd9963a56);
  CHECK(crc32c("123456789") == 0xe3069283);  // the check value of the Rocksoft model
  CHECK(crc32c("") == 0);
}

TEST_CASE("event file: scalars, histograms and pictures come back as they were written") {
  const TempFolder folder;
  const std::string runs = folder.file("runs");
  const std::vector<float> values{-1, -0.5f, 0, 0.25f, 1, 1, std::numeric_limits<float>::infinity(), NAN};
  {
    EventFile events(runs);
    CHECK(events.path() == event_file_in(runs));
    events.add_scalar("loss/training", 0.25, 3);
    events.add_scalar("loss/training", NAN, 4);
    events.add_histogram("weights", std::span(values), 3, 4);
    events.add_histogram("none", std::span(values).last(2), 3);
    events.add_histogram("one", std::span(values).first(1), 3);
    events.add_image("filters", stripes(3), 1'000'000'000'000);
  }
  const std::vector<ReadEvent> events = read_events(event_file_in(runs));
  REQUIRE(events.size() == 6);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[1].tag == "loss/training");
  CHECK(events[1].scalar == 0.25f);
  CHECK(events[1].step == 3);
  CHECK(events[1].wall_time >= events[0].wall_time);
  CHECK(events[1].wall_time > 1.7e9);
  CHECK((events[2].has_scalar && std::isnan(events[2].scalar)));
  CHECK(events[3].ends == std::vector<double>{-0.5, 0, 0.5, 1});
  CHECK(events[3].counts == std::vector<double>{1, 1, 2, 2});
  CHECK((events[3].low == -1 && events[3].high == 1 && events[3].count == 6));
  CHECK(events[3].sum == doctest::Approx(0.75));
  CHECK(events[3].squares == doctest::Approx(3.3125));
  CHECK(events[4].tag == "one");
  CHECK(events[4].counts == std::vector<double>{1});
  CHECK((events[5].height == 3 && events[5].width == 5 && events[5].channels == 3));
  CHECK(events[5].step == 1'000'000'000'000);
  const std::string& png = events[5].png;
  CHECK(decode_picture({reinterpret_cast<const std::uint8_t*>(png.data()), png.size()}, "it") == stripes(3));
}

TEST_CASE("event file: histograms of any finite numbers keep all of them") {
  const TempFolder folder;
  std::vector<std::vector<double>> sets{{0}, {5e-324, 0}, {-1.7e308, 1.7e308, 0}, {1, 1 + 0x1p-52}, {1e300, 1e300}};
  sets.push_back({});
  for (int i = 0; i < 1000; ++i) sets.back().push_back(std::sin(i) * std::pow(10, i % 7));
  EventFile events(folder.path());
  for (const std::vector<double>& set : sets) events.add_histogram("h", std::span(set), 1);
  const std::vector<ReadEvent> read = read_events(event_file_in(folder.path()));
  REQUIRE(read.size() == sets.size() + 1);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    CAPTURE(i);
    const ReadEvent& h = read[i + 1];
    CHECK(std::accumulate(h.counts.begin(), h.counts.end(), 0.0) == static_cast<double>(sets[i].size()));
    CHECK(h.ends.back() == h.high);
    CHECK(h.ends.size() == h.counts.size());
    for (const double end : h.ends) CHECK(std::isfinite(end));
  }
}

TEST_CASE("event file: a second one takes another name, and says from which step it counts") {
  const TempFolder folder;
  const EventFile first(folder.path());
  EventFile second(folder.path(), {.first_step = 7});
  CHECK(first.path() != second.path());
  CHECK(first.path() < second.path());
  const std::vector<ReadEvent> events = read_events(second.path());
  REQUIRE(events.size() == 2);
  CHECK(events[1].starts);
  CHECK(events[1].step == 7);
  CHECK(read_events(first.path()).size() == 1);
}

TEST_CASE("event file: what cannot be is refused, and nothing of it is in the file") {
  const TempFolder folder;
  EventFile events(folder.path());
  const std::vector<float> one{1};
  CHECK(has(error_of([&] { EventFile(events.path() + "/b"); }), "/b cannot be made: Not a directory"));
  CHECK(has(EventFile(folder.file("a/b")).path(), "/a/b/events.out"));
  CHECK(has(error_of([&] { EventFile(events.path()); }), "cannot be made"));
  CHECK(has(error_of([&] { events.add_scalar("", 1, 1); }), "a tag is empty"));
  CHECK(has(error_of([&] { events.add_scalar("\xff", 1, 1); }), "is no UTF-8"));
  CHECK(has(error_of([&] { events.add_histogram("h", std::span(one), 1, 0); }), "a histogram of 0 bins"));
  CHECK(has(error_of([&] { events.add_image("i", stripes(2), 1); }), "'i'"));
  CHECK(read_events(events.path()).size() == 1);
}

TEST_CASE("event file: on a disk that is full a record is there whole or not at all") {
  const TempFolder folder;
  EventFile events(folder.path());
  events.add_scalar("before", 1, 1);
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = std::filesystem::file_size(events.path()) + 10;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string said = error_of([&] { events.add_image("large", stripes(3), 2); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(has(said, "cannot be written: File too large"));
  events.add_scalar("after", 2, 3);
  const std::vector<ReadEvent> read = read_events(events.path());
  REQUIRE(read.size() == 3);
  CHECK(read[1].tag == "before");
  CHECK(read[2].tag == "after");
}

TEST_CASE("event file: another reader finds the same") {
  if (std::system("python3 -c 'import zlib' >/dev/null 2>&1 </dev/null") != 0) {
    fmt::print("SKIPPED an event file and another reader: there is no python3 here\n");
    return;
  }
  const TempFolder folder;
  std::string path;
  {
    EventFile events(folder.file("runs"), {.first_step = 2});
    path = events.path();
    const std::vector<double> values{0, 1, 1, 4};
    events.add_scalar("a/b", 0.5, 2);
    events.add_histogram("weights", std::span(values), 2, 4);
    events.add_image("pictures", stripes(1), 3);
  }
  const std::string said = folder.file("said");
  const int status = std::system(
      fmt::format("python3 '{}/tests/export/read_events.py' '{}' >'{}' 2>&1 </dev/null", CAMBIUM_SOURCE, path, said).c_str());
  CHECK(status == 0);
  CHECK(read_bytes(said) ==
        "version brain.Event:2\nstart 2\nscalar a/b 2 0.5\nhistogram weights 2 0.0 4.0 4.0 1 2 0 1\nimage pictures 3 3 5 1 18\n");
}

}  // namespace cambium

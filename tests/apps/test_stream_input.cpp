// A stream that goes on: in which input, where in it, and what a note that is not believed may say of that.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/safetensors.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

const std::string header = "a,b,load\n";

// So many rows from row `from` on, without the header.
std::string rows(std::size_t from, std::size_t count) {
  std::string text;
  for (std::size_t i = from; i < from + count; ++i) {
    const Random random = Random(11).of(i);
    const double a = random.normal(0), b = random.normal(1);
    text += fmt::format("{:.4f},{:.4f},{:.2f}\n", a, b, 50 + 3 * a - b);
  }
  return text;
}

// Programs at work in a folder of their own, where a pipe is `cat FILE |` before the command.
struct Place {
  TempFolder folder;
  std::string path(const std::string& name) const { return folder.file(name); }
  void write(const std::string& name, const std::string& text) const { write_bytes(path(name), text); }
  std::string read(const std::string& name) const { return read_bytes(path(name)); }
  Ending run(const std::string& words, const std::string& before = "") const {
    return run_app("stream", words, fmt::format("cd '{}' && {}", folder.path(), before));
  }
};

const std::string usual = "--label load --no-events ";

// A text of the file's own words is replaced, and the checksum made right.
void change_note(const std::string& path, const std::string& from, const std::string& to) {
  const auto file = cambium::SafetensorsFile::read(path);
  std::vector<cambium::NamedTensor> tensors;
  for (const auto& t : file.tensors()) tensors.push_back({t.name, t.dtype, t.sizes, t.bytes.data()});
  cambium::Metadata metadata = file.metadata();
  bool found = false;
  for (auto& [key, text] : metadata)
    if (const std::size_t at = text.find(from); at != text.npos) text.replace(at, from.size(), to), found = true;
  CHECK_MESSAGE(found, from);
  metadata["checksum"] = cambium::checksum_of(tensors, metadata, "checksum");
  cambium::write_safetensors(path, tensors, metadata);
}

}  // namespace

TEST_CASE("stream: fewer files than the run had that is to go on are refused") {
  if (!is_built("stream", "counts files")) return;
  const Place at;
  at.write("a.csv", header + rows(0, 100)), at.write("b.csv", header + rows(100, 100));
  REQUIRE(at.run(usual + "--save m.st --out o.csv a.csv b.csv").code == 0);
  const std::string before = at.read("o.csv");
  const Ending end = at.run(usual + "--save m.st --out o.csv a.csv --resume");
  CHECK(end.code == 2);
  CHECK(end.err == "stream: m.st: was saved in file 2 of 2, and 1 is named; try the files of that run\n");
  CHECK(at.read("o.csv") == before);
  CHECK(at.run(usual + "--save m.st --out o.csv a.csv b.csv --resume").code == 0);
  CHECK(at.read("o.csv") == before);
}

TEST_CASE("stream: numbers of the note that cannot be are refused in one line") {
  if (!is_built("stream", "checks its note")) return;
  const Place at;
  at.write("a.csv", header + rows(0, 100));
  REQUIRE(at.run(usual + "--save whole.st --out o.csv --log l.jsonl a.csv").code == 0);
  const std::string offset = fmt::format("\"offset\":{}", at.read("a.csv").size());
  const std::vector<std::pair<std::string, std::string>> table = {{"\"file\":0", "\"file\":1e300"},
                                                                  {"\"file\":0", "\"file\":-1"},
                                                                  {"\"file\":0", "\"file\":0.5"},
                                                                  {"\"file\":0", "\"file\":\"0\""},
                                                                  {offset, "\"offset\":-8"},
                                                                  {offset, "\"offset\":1e19"},
                                                                  {"\"lines\":101", "\"lines\":1e30"},
                                                                  {"\"task\":2", "\"task\":1e12"},
                                                                  {"\"task\":2", "\"task\":7"},
                                                                  {"\"out_bytes\":", "\"out_bytes\":-"},
                                                                  {"\"log_bytes\":0", "\"log_bytes\":1e200"},
                                                                  {"\"seeks\":true", "\"seeks\":1"}};
  for (const auto& one : table) {
    const std::string &from = one.first, &to = one.second;
    std::filesystem::copy_file(at.path("whole.st"), at.path("m.st"), std::filesystem::copy_options::overwrite_existing);
    change_note(at.path("m.st"), from, to);
    const Ending end = at.run(usual + "--save m.st --out o.csv --log l.jsonl a.csv --resume");
    CHECK_MESSAGE(end.code == 2, to);
    CHECK_MESSAGE(lines_in(end.err) == 1, end.err);
    CHECK_MESSAGE(has(end.err, "m.st: its note has "), end.err);
  }
}

}  // namespace cambium_tests

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

TEST_CASE(
    "stream --resume: a file that begins as before goes on where it was, and another one is read from its start, which is said") {
  if (!is_built("stream", "knows its input")) return;
  const Place at;
  const std::string save = usual + "--save m.st --out o.csv ";
  const auto lines = [&] { return lines_in(at.read("o.csv")); };
  for (const std::size_t more : {40u, 4000u}) {  // shorter and longer than the first, and than what is compared of it
    at.write("a.csv", header + rows(0, 200)), at.write("c.csv", header + rows(200, more));
    std::filesystem::remove(at.path("m.st"));
    REQUIRE(at.run(save + "a.csv").code == 0);
    at.write("a.csv", header + rows(0, 200) + rows(5000, 7));
    const Ending grown = at.run(save + "a.csv --resume");
    CHECK_MESSAGE((grown.code == 0 && !has(grown.err, "from its start")), grown.err);
    CHECK(lines() == 208);
    const Ending other = at.run(save + "c.csv --resume");
    CHECK_MESSAGE(has(other.err, "c.csv is another file than the one of before, and is read from its start\n"), other.err);
    CHECK_MESSAGE(!has(other.err, "passed over"), other.err);
    CHECK(lines() == 208 + more);
    const Ending pipe = at.run(save + "--resume", "cat a.csv |");
    CHECK_MESSAGE(has(pipe.err, "standard input is a pipe, and no file as before, and is read from its start\n"), pipe.err);
    CHECK(lines() == 208 + more + 207);
    const Ending again = at.run(save + "--resume", "cat c.csv |");
    CHECK_MESSAGE((again.code == 0 && !has(again.err, "from its start")), again.err);  // a pipe goes on with what comes
    CHECK(lines() == 208 + more + 207 + more);
    const Ending file = at.run(save + "c.csv --resume");
    CHECK_MESSAGE(has(file.err, "c.csv is a file, and no pipe as before, and is read from its start\n"), file.err);
    CHECK(lines() == 208 + more + 207 + 2 * more);
  }
  at.write("c.csv", header + rows(200, 3900));  // its beginning is the same, and its end is lost
  const Ending shorter = at.run(save + "c.csv --resume");
  CHECK(shorter.code == 1);
  CHECK_MESSAGE(has(shorter.err, "c.csv: is shorter than when it was read"), shorter.err);
}

TEST_CASE("stream --resume: a pipe among the files goes on with what comes, and the files before it are not read again") {
  if (!is_built("stream", "goes on in a pipe")) return;
  const Place at;
  at.write("a.csv", header + rows(0, 100)), at.write("b.csv", rows(100, 50));
  const auto run = [&](const std::string& more) {
    return at.run(usual + "--save m.st --out o.csv a.csv pipe" + more, "{ cat b.csv >pipe & } && timeout -s KILL 60");
  };
  REQUIRE(std::system(fmt::format("mkfifo '{}'", at.path("pipe")).c_str()) == 0);
  REQUIRE(run("").code == 0);
  REQUIRE(run(" --resume").code == 0);
  CHECK(lines_in(at.read("o.csv")) == 1 + 100 + 50 + 50);
}

TEST_CASE("stream --resume --from-start: all rows that were seen are passed over, through however many pipes they came") {
  if (!is_built("stream", "passes over what it saw")) return;
  const std::string broken = "1,2\n", all = header + rows(0, 100) + broken + rows(100, 300);
  for (const std::string& second : {rows(100, 50), header + rows(100, 50)}) {
    const Place at;
    const std::string save = usual + "--save m.st --out o.csv ";
    at.write("1.csv", header + rows(0, 100) + broken), at.write("2.csv", second), at.write("all.csv", all);
    REQUIRE(at.run(usual + "--out whole.csv", "cat all.csv |").code == 0);
    CHECK_MESSAGE(has(at.read("whole.csv"), "\n401,"), "rows have the numbers of the input");
    REQUIRE(at.run(save, "cat 1.csv |").code == 0);
    REQUIRE(at.run(save + "--resume", "cat 2.csv |").code == 0);
    at.write("short.csv", header + rows(0, 90)), at.write("other.csv", header + rows(1000, 400));
    const Ending too_short = at.run(save + "--resume --from-start", "cat short.csv |");
    CHECK(too_short.code == 1);
    CHECK_MESSAGE(has(too_short.err, "the input ends after 90 rows, and 151 were seen before; try the whole input once more"),
                  too_short.err);
    const Ending other = at.run(save + "--resume --from-start", "cat other.csv |");
    CHECK(other.code == 1);
    CHECK_MESSAGE(has(other.err, "standard input: line 152: row 151 is not the one that was seen before; try "), other.err);
    const Ending on = at.run(save + "--resume --from-start", "cat all.csv |");
    CHECK_MESSAGE(on.code == 0, on.err);
    CHECK(at.read("o.csv") == at.read("whole.csv"));
    REQUIRE(at.run(save + "--resume --from-start", "cat all.csv |").code == 0);
    CHECK(at.read("o.csv") == at.read("whole.csv"));
  }
}

TEST_CASE("stream --save: a file that is there is written anew by --resume alone, or where it was loaded from") {
  if (!is_built("stream", "overwrites nothing")) return;
  const Place at;
  at.write("a.csv", header + rows(0, 100));
  const std::string words = usual + "--save m.st --out o.csv --log l.jsonl --report r.html a.csv";
  REQUIRE(at.run(words).code == 0);
  const std::vector<std::string> files = {"m.st", "o.csv", "l.jsonl", "r.html"};
  std::vector<std::string> before;
  for (const std::string& file : files) before.push_back(std::filesystem::exists(at.path(file)) ? at.read(file) : "");
  const auto untouched = [&](const std::string& refused) {
    const Ending end = at.run(words);
    CHECK(end.code == 2);
    CHECK_MESSAGE(end.err == refused, end.err);
    for (std::size_t i = 0; i < files.size(); ++i)
      CHECK_MESSAGE((std::filesystem::exists(at.path(files[i])) ? at.read(files[i]) : "") == before[i], files[i]);
  };
  untouched("stream: m.st: has a stream of 100 rows; try --resume, or another file\n");
  CHECK(at.run(words + " --resume").code == 0);
  CHECK(at.run("--load m.st --save m.st --no-events --out o.csv a.csv").code == 0);
  for (const std::string& other : {std::string("not ours"), before[0].substr(0, before[0].size() / 2)}) {
    at.write("m.st", other);
    for (std::size_t i = 0; i < files.size(); ++i) before[i] = std::filesystem::exists(at.path(files[i])) ? at.read(files[i]) : "";
    untouched("stream: m.st: is there already, and is no whole save of a stream; try another file for --save\n");
  }
}

TEST_CASE("stream: what is wrong with options names the option, what it is and what it may be") {
  if (!is_built("stream", "names options")) return;
  const Place at;
  at.write("a.csv", header + rows(0, 50)), at.write("empty.csv", ""), at.write("only.csv", header);
  REQUIRE(at.run(usual + "--key a --save m.st a.csv").code == 0);
  const std::vector<std::pair<std::string, std::string>> table = {
      {"--from-start a.csv", "--from-start is for a run that goes on; try --save FILE.safetensors --resume"},
      {"--from-start --save n.st a.csv", "--from-start is for a run that goes on; try --resume"},
      {"--every 10x a.csv", "--every = 10x is neither a number of rows nor of seconds; try --every 10000, or --every 60s"},
      {"--every s a.csv", "--every = s is neither a number of rows nor of seconds; try --every 10000, or --every 60s"},
      {"--key a --save m.st a.csv --resume --rate 0.03",
       "m.st: was learnt with other options: --rate 0.02, and not 0.03; try --rate 0.02"},
      {"--save m.st a.csv --resume --delay 5 --text b",
       "m.st: was learnt with other options: --key 'a', and not ''; --text '', and not 'b'; --delay 0, and not 5; try --key 'a' no "
       "--text --delay 0"},
      {"empty.csv", "empty.csv: there was no row; try a stream of at least one"},
      {"empty.csv only.csv", "empty.csv and 1 more: there was no row; try a stream of at least one"},
      {"", "standard input: there was no row; try a stream of at least one"}};
  for (const auto& one : table) {
    const std::string &words = one.first, &said = one.second;
    const Ending end = at.run(usual + words);
    CHECK_MESSAGE(end.code == 2, words);
    CHECK(end.err == "stream: " + said + "\n");
  }
  CHECK(at.run(usual + "csv:a.csv").out == at.run(usual + "a.csv").out);
  at.write("csv:a.csv", header + rows(0, 20));
  CHECK(lines_in(at.run(usual + "csv:a.csv").out) == 21);
}

}  // namespace cambium_tests

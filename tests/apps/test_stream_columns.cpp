// The program stream, from outside: what columns and labels are, and what is done where they are not what they seem.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "cambium/framework/base/random.h"
#include "tests/apps/process.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A number, a text and a class that follows from both; in the first rows the text is missing.
std::string row_of(std::size_t i, std::size_t missing) {
  const double x = Random(8).of(i).normal(0);
  const bool red = Random(8).of(i).uniform(1) < 0.5;
  return fmt::format("{:.4f},{},{}", x, i < missing ? "" : red ? "red" : "blue", (red ? x : -x) > 0 ? "up" : "down");
}

void write_table(const std::string& path, std::size_t rows, std::size_t missing) {
  std::ofstream file(path);
  file << "x,kind,label\n";
  for (std::size_t i = 0; i < rows; ++i) file << row_of(i, missing) << '\n';
}

}  // namespace

TEST_CASE("stream: rows of a pipe are held back until each column has had a cell, and give the lines of a file") {
  if (!is_built("stream", "holds rows back")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv"), saved = folder.file("s.safetensors"), out = folder.file("out.csv");
  write_table(path, 300, 40);
  const Ending file = run_app("stream", "--label label " + path), pipe = run_app("stream", "--label label", "cat " + path + " |");
  REQUIRE_MESSAGE(file.code == 0, file.err);
  CHECK(pipe.out == file.out);
  CHECK_MESSAGE(!has(pipe.err, "broken"), pipe.err);

  // Saved while rows were held nothing is: what goes on gives the bytes of a run that never stopped.
  const std::string options = fmt::format("--label label --every 7 --save {} --out {} --resume", saved, out);
  for (const char* part : {"head -46", "sed -n '1p; 47,90p'", "sed -n '1p; 91,$p'"}) {
    const Ending end = run_app("stream", options, fmt::format("{} {} |", part, path));
    REQUIRE_MESSAGE(end.code == 0, end.err);
  }
  CHECK(read_bytes(out) == file.out);

  write_table(path, 30, 30);  // the input ends before there is a cell
  const Ending none = run_app("stream", "--label label", "cat " + path + " |");
  CHECK_MESSAGE(has(none.err, "30 rows,"), none.err);
}

TEST_CASE("stream: behind a pipe that is silent held rows are answered, and a column whose cells come later may still be a text") {
  if (!is_built("stream", "lets held rows go")) return;
  const TempFolder folder;
  const std::string fifo = folder.file("fifo"), saved = folder.file("s.safetensors");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  Process stream("stream", {"--label", "label", "--save", saved, fifo});
  std::ofstream to(fifo);
  to << "x,kind,label\n" << row_of(0, 2) << '\n' << row_of(1, 2) << '\n' << std::flush;
  const bool answered = stream.says("\n2,");
  CHECK(answered);
  for (std::size_t i = 2; i < 200; ++i) to << row_of(i, 2) << '\n';
  to << std::flush;
  const bool learnt = stream.says("\n200,");
  CHECK(learnt);
  to.close();
  const Ending end = stream.wait();
  CHECK_MESSAGE(end.code == 0, end.err);
  CHECK_MESSAGE(has(end.err, "is a text, and by now there is room for one; --text kind makes more"), end.err);
  CHECK_MESSAGE(has(end.err, "200 rows,"), end.err);
  CHECK_MESSAGE(!has(end.err, "broken"), end.err);
}

TEST_CASE("stream: a run that is stopped while it holds rows back takes them first") {
  if (!is_built("stream", "takes held rows at a signal")) return;
  const TempFolder folder;
  const std::string fifo = folder.file("fifo"), saved = folder.file("s.safetensors");
  REQUIRE(std::system(("mkfifo " + fifo).c_str()) == 0);
  Process stream("stream", {"--label", "label", "--save", saved, fifo});
  const int to = open(fifo.c_str(), O_WRONLY);
  REQUIRE(to >= 0);
  std::string text = "x,kind,label\n";
  for (std::size_t i = 0; i < 20; ++i) text += row_of(i, 20) + '\n';
  REQUIRE(write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  for (int waits = 1; waits > 0; poll(nullptr, 0, 1)) REQUIRE(ioctl(to, FIONREAD, &waits) == 0);  // until it has read them
  stream.send(SIGTERM);
  const Ending end = stream.wait();
  close(to);
  CHECK(end.code == 128 + SIGTERM);
  CHECK_MESSAGE(has(end.err, "stopped after 20 rows"), end.err);
  CHECK_MESSAGE(has(end.out, "\n20,"), end.out);
  CHECK(std::filesystem::exists(saved));
}

TEST_CASE("stream: a label of many numbers is a value where it can be read ahead, as train takes it, and else is warned of") {
  if (!is_built("stream", "takes labels")) return;
  const TempFolder folder;
  const auto ends = [&](const std::function<std::string(int)>& label, const char* before = "") {
    std::ofstream file(folder.file("rows.csv"));
    file << "x,y\n";
    for (int i = 0; i < 400; ++i) file << fmt::format("{:.3f},{}\n", Random(3).normal(static_cast<std::uint64_t>(i)), label(i));
    file.close();
    const std::string path = folder.file("rows.csv");
    return *before ? run_app("stream", "--label y", before + path + " |").err : run_app("stream", "--label y " + path).err;
  };
  const auto price = [](int i) { return fmt::format("{}", 100000 + 997 * i % 400); };
  const auto half = [](int i) { return fmt::format("{}", i == 0 ? 0.0 : i + 0.5); };
  for (const std::string& err : {ends(price), ends(half)}) CHECK_MESSAGE(has(err, "mean absolute error"), err);
  for (const std::string& err :
       {ends([](int i) { return std::to_string(i % 3); }), ends([](int i) { return i % 2 ? "1.0" : "0.0"; }),
        ends([](int i) { return i % 2 ? "7" : "often"; })})
    CHECK_MESSAGE(has(err, "accuracy"), err);

  const std::string piped = ends(price, "cat ");
  CHECK_MESSAGE(has(piped, "the label 'y' has 31 different numbers so far, each a class; try --task regress"), piped);
  CHECK_MESSAGE(has(piped, "; others will be learnt without a word"), piped);
  std::size_t told = 0;
  for (std::size_t at = piped.find("a class that"); at != piped.npos; at = piped.find("a class that", at + 1)) ++told;
  CHECK(told == 10);
}

TEST_CASE("stream: standard input that is a file is read ahead like one, and whole numbers of a pipe are told to be classes") {
  if (!is_built("stream", "reads ahead")) return;
  const TempFolder folder;
  const auto write = [&](const std::function<std::string(int)>& label) {
    std::ofstream file(folder.file("rows.csv"));
    file << "x,kind,y\n";
    for (int i = 0; i < 400; ++i)
      file << fmt::format("{:.3f},{},{}\n", Random(4).normal(static_cast<std::uint64_t>(i)), i < 150 ? "" : "red", label(i));
  };
  const auto by = [&](const std::string& arguments, const std::string& before = "") {
    return run_app("stream", "--label y " + arguments, "cd '" + folder.path() + "' && " + before);
  };
  const std::string told = "the label 'y' has whole numbers so far, each a class; --task regression learns them as values\n";
  write([](int i) { return fmt::format("{}", 100000 + 997 * i % 400); });
  const Ending file = by("rows.csv"), input = by("< rows.csv");
  CHECK_MESSAGE(has(input.err, "mean absolute error"), input.err);
  CHECK(input.out == file.out);
  CHECK(by("- < rows.csv").out == file.out);
  CHECK_MESSAGE((!has(input.err, told) && !has(input.err, "broken")), input.err);
  const Ending rest = by("--columns x,kind,y --text kind", "exec < rows.csv && read -r names && ");  // a part of it was read
  CHECK_MESSAGE((has(rest.err, told) && has(rest.err, "400 rows,")), rest.err);

  const Ending pipe = by("", "cat rows.csv |");
  CHECK_MESSAGE(has(pipe.err, told), pipe.err);
  CHECK(pipe.err.find(told) == pipe.err.rfind(told));
  for (const char* asked : {"--task classification", "--task regression", "--classes 100000,100001"})
    CHECK_MESSAGE(!has(by(asked, "cat rows.csv |").err, told), asked);
  CHECK_MESSAGE(!has(by("--task classification --quiet", "cat rows.csv |").err, told), "quiet");
  write([](int i) { return i % 2 ? "7" : "often"; });
  CHECK(has(by("< rows.csv").err, "accuracy"));
  write([](int i) { return i % 2 ? "no" : "yes"; });
  CHECK(!has(by("", "cat rows.csv |").err, told));
  write([](int i) { return fmt::format("{}.5", i); });
  CHECK(!has(by("", "cat rows.csv |").err, told));
}

TEST_CASE("stream: a model with batch norm, as train makes it by default, goes on with its statistics held, in its own unit") {
  if (!is_built("stream", "loads models") || !is_built("train", "loads models") || !is_built("predict", "loads models")) return;
  const TempFolder folder;
  const std::string rows = folder.file("rows.csv"), model = folder.file("m.safetensors"), on = folder.file("on.safetensors");
  std::ofstream file(rows);
  file << "x,y,value\n";
  for (std::uint64_t i = 0; i < 400; ++i) {
    const double x = Random(4).of(i).normal(0), y = Random(4).of(i).normal(1);
    file << fmt::format("{:.3f},{:.3f},{:.1f}\n", x, 50 + y, 10000 + 300 * x - 200 * y);
  }
  file.close();
  REQUIRE(run_app("train", fmt::format("--data csv:{} --label value --epochs 40 --quiet --save {}", rows, model)).code == 0);
  const std::string asked = run_app("predict", model + " " + rows).out;
  const auto first = [](const std::string& out) { return std::stod(out.substr(out.find("\n1,") + 3)); };
  for (const char* more : {"", " --delay 5"}) {
    const Ending end = run_app("stream", fmt::format("--load {} --save {} {}{}", model, on, rows, more));
    REQUIRE_MESSAGE(end.code == 0, end.err);
    CHECK_MESSAGE(has(end.err, "its norms that need batches, as batch_norm, hold their statistics"), end.err);
    CHECK(first(end.out) == doctest::Approx(first(asked)).epsilon(1e-5));
    std::filesystem::remove(on.c_str());
  }
  REQUIRE(run_app("stream", fmt::format("--load {} --save {} {}", model, on, rows)).code == 0);
  CHECK(run_app("predict", on + " " + rows).code == 0);
  CHECK(run_app("stream", fmt::format("--load {} {}", on, rows)).code == 0);
}

TEST_CASE("stream: predict reads a text that is missing as the stream did, as none of its texts") {
  if (!is_built("stream", "is asked about missing texts") || !is_built("predict", "is asked about missing texts")) return;
  const TempFolder folder;
  const std::string rows = folder.file("rows.csv"), model = folder.file("m.safetensors"), few = folder.file("few.csv");
  write_table(rows, 300, 10);
  REQUIRE(run_app("stream", fmt::format("--label label --save {} {}", model, rows)).code == 0);
  const auto asked = [&](const std::string& kind) {
    std::ofstream(few) << "x,kind\n0.5," << kind << "\n-0.25," << kind << '\n';
    return run_app("predict", model + " " + few);
  };
  const Ending missing = asked("");
  REQUIRE_MESSAGE(missing.code == 0, missing.err);
  CHECK(missing.out == asked("NA").out);
  CHECK(missing.out == asked("never seen").out);
  CHECK(missing.out != asked("red").out);
  CHECK(run_app("stream", fmt::format("--load {} {}", model, rows)).code == 0);
}

TEST_CASE("stream: what stands for a missing cell can be said, and goes with the model") {
  if (!is_built("stream", "is asked about missing texts") || !is_built("predict", "is asked about missing texts")) return;
  const TempFolder folder;
  const std::string rows = folder.file("rows.csv"), model = folder.file("m.safetensors"), few = folder.file("few.csv");
  std::ofstream file(rows);
  file << "x,kind,y\nunknown,-,a\n";
  for (int i = 0; i < 300; ++i)
    file << (i % 10 == 3 ? "unknown" : std::to_string(i % 7)) << (i % 9 == 4 ? ",-," : ",red,") << "ab"[i % 2] << '\n';
  file.close();
  const Ending half = run_app("stream", "--label y --missing-texts unknown " + rows);  // '-' is a text like others
  CHECK_MESSAGE(half.err.find("301 rows, ") != std::string::npos, half.err);
  const Ending said = run_app("stream", fmt::format("--label y --missing-texts unknown,- --save {} {}", model, rows));
  REQUIRE_MESSAGE(said.code == 0, said.err);
  CHECK_MESSAGE(said.err.find("301 rows, ") != std::string::npos, said.err);
  std::ofstream(few) << "x,kind\nunknown,-\n,\n3,red\n";
  const Ending answers = run_app("predict", model + " " + few);
  REQUIRE_MESSAGE(answers.code == 0, answers.err);
  const auto line = [&](int n) {
    std::istringstream all(answers.out);
    std::string one;
    for (int i = 0; i <= n; ++i) std::getline(all, one);
    return one.substr(one.find(',') + 1);
  };
  CHECK(line(1) == line(2));
  CHECK(line(1) != line(3));
  const Ending loaded = run_app("stream", fmt::format("--load {} {}", model, rows));  // without the option
  CHECK_MESSAGE(loaded.err.find("301 rows, ") != std::string::npos, loaded.err);
}

TEST_CASE(
    "stream: a word in the first row of a column of numbers makes it no text where rows can be read ahead, and else is named") {
  if (!is_built("stream", "meets a word first")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  std::ofstream file(path);
  file << "x,kind,label\n";
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string row = row_of(i, 0);
    file << (i == 0 ? "n.a." + row.substr(row.find(',')) : row) << '\n';
  }
  file.close();
  const std::string run = "--label label " + path;
  const Ending ahead = run_app("stream", run), said = run_app("stream", run + " --missing-texts n.a.");
  CHECK_MESSAGE(
      has(ahead.err, "line 2: column 'x': 'n.a.' is no number; --missing-texts=n.a. where it stands for a missing cell, and "),
      ahead.err);
  CHECK(has(ahead.err, "299 rows and 1 broken one"));
  CHECK_MESSAGE(has(said.err, "stream: 300 rows, "), said.err);
  const Ending pipe = run_app("stream", "--label label", "cat " + path + " |");
  CHECK_MESSAGE(has(pipe.err, "are not told apart; where 'n.a.' stood for a missing number: --missing-texts=n.a.\n"), pipe.err);
}

TEST_CASE("stream: one mistyped number is told, and blinds its column to nothing; what stands for missing cells is no event") {
  if (!is_built("stream", "meets a mistyped number")) return;
  const TempFolder folder;
  const auto said = [&](int typed, int missing) {
    const std::string path = folder.file("rows.csv");
    std::ofstream file(path);
    file << "x,y,label\n";
    for (int i = 0; i < 3000; ++i) {
      const Random random = Random(5).of(static_cast<std::uint64_t>(i));
      const double x = i == 2500 ? 120 : 50 + 5 * random.normal(0), y = random.normal(2);
      const std::string cell = i == typed ? "1e9" : i == missing ? "n/a" : fmt::format("{:.3f}", x);
      file << fmt::format("{},{:.3f},{}\n", cell, y, x - 50 + y > 0 ? "up" : "down");
    }
    file.close();
    return run_app("stream", "--label label " + path).err;
  };
  const std::string event = "row 2521: column 'x' had a rare event 20 rows ago: 120, ";
  CHECK(has(said(-1, -1), event));
  for (const int typed : {300, 1500}) {
    const std::string err = said(typed, typed + 10);
    CHECK_MESSAGE(has(err, fmt::format("row {}: column 'x' had a rare event: 1e+09 is far from all before, ", typed + 1)), err);
    CHECK_MESSAGE(has(err, event), err);
    std::size_t events = 0;  // the missing cell is none
    for (std::size_t at = 0; (at = err.find("column 'x' had ", at)) != err.npos; ++at) ++events;
    CHECK_MESSAGE(events == 2, err);
  }
}

TEST_CASE("stream: a file that train refuses is refused in its words, and one of broken rows alone ends with an error") {
  if (!is_built("stream", "refuses files")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  const auto ends = [&](const std::string& bytes, const std::string& options = "--label y") {
    std::ofstream(path, std::ios::binary) << bytes;
    return run_app("stream", options + " " + path);
  };
  using namespace std::string_literals;
  const struct {
    std::string bytes, options;
    int code;
    std::string said;
  } cases[] = {
      {"a;y\n1,5;279,60\n2,5;280,1\n", "--label y", 2,
       "rows.csv: column 'a': '1,5' has a comma in a number; try a decimal point, and nothing between thousands (sed -E "
       "'s/([0-9]),([0-9])/\\1.\\2/g' IN > OUT makes points of them), or --text a"},
      {"a;y\n1;279,60\n2;280,1\n", "--label y", 2, "\\2/g' IN > OUT makes points of them), or --task classify"},
      {"a,y\n\"1,5\",2\n", "--label y", 2, "a decimal point, and nothing between thousands, or --text a"},
      {"{\"a\":\"1,5\",\"y\":2}\n", "--label y", 2, "a decimal point, and nothing between thousands, or --text a"},
      {"a;y\n1;3.5\n2;280,1\n", "--label y", 0, "line 3: column 'y': '280,1' has a comma in a number; it is passed over"},
      {"\xff\xfe"
       "a\0,\0y\0\n\0"s,
       "--label y", 2, "rows.csv: is written in UTF-16; try saving it as UTF-8 (iconv"},
      {"a,y\r1,2.5\r2,3.5\r", "--label y", 2, "rows.csv: its lines end in CR alone; try "},
      {"a\xff,y\n1,2.5\n", "--label y --format jsonl", 2, "line 1: 'a\\xff,y' is not UTF-8; try saving the file as UTF-8"},
      {"a,\0y\n1,2.5\n"s, "--label y", 2, "rows.csv: line 1: a zero byte, which no text has"},
      {"a,y\n1,2.5\n2,\0\n3,\xff\n"s, "--label y", 0, "1 row and 2 broken ones"},
      {"a,y\n1,u\n2,v\n", "--label y --task regress", 1, "the last of 2 was broken: "},
      {"a,y\n1\n2,3,4\n", "--label y", 1, "rows.csv: line 3: has 3 cells, and there are 2 columns"},
  };
  for (const auto& one : cases) {
    const Ending end = ends(one.bytes, one.options);
    CHECK_MESSAGE(end.code == one.code, end.err);
    CHECK_MESSAGE(has(end.err, one.said), end.err);
  }
  CHECK(ends("a;y\n1,5;u\n2,5;v\n", "--label y --text a").code == 0);
  CHECK(ends("a;y\n1;2,5\n2;2,5\n", "--label y --task classify").code == 0);
}

TEST_CASE("stream: figures that do not exist are left out, and those of the largest values are finite") {
  if (!is_built("stream", "says figures")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  const auto ends = [&](const std::string& text, const std::string& options) {
    std::ofstream(path) << text;
    return run_app("stream", options + " " + path).err;
  };
  std::string large = "a,y\n", same = "a,y\n";
  for (int i = 0; i < 60; ++i) large += fmt::format("{},{}3.3e38\n", i % 7, i % 3 ? "" : "-"), same += fmt::format("{},u\n", i % 7);
  for (const std::string& err : {ends("a,y\n1,7.5\n", "--label y --task regress"), ends(large, "--label y --task regress"),
                                 ends(same, "--label y --classes u"), ends(same, "--label y")}) {
    CHECK_MESSAGE((has(err, "mean absolute error ") || has(err, "accuracy ")), err);
    CHECK_MESSAGE((!has(err, "nan") && !has(err, "inf")), err);
  }
  const std::string calm = ends(same, "--task anomaly --leave-out y");
  CHECK_MESSAGE(has(calm, "no alarm of the score in 60 rows (--alarm-rate 0.0001)"), calm);
}

}  // namespace cambium_tests

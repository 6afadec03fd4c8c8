// The program stream, from outside: rows in, lines out, whatever the rows are and wherever they come from.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"
#include "tests/apps/run_app.h"

namespace cambium_tests {
namespace {

using cambium::Random;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos; from = to + 1)
    lines.push_back(text.substr(from, to - from));
  return lines;
}

// Four columns, one of them drifting and one a text, and a class that follows from two of them.
struct Row {
  std::string x, shifted, kind, label;
};
Row row_of(std::size_t i) {
  const Random random = Random(5).of(i);
  const double x = random.normal(0), y = random.normal(1);
  const bool red = random.uniform(2) < 0.5;
  return {fmt::format("{:.4f}", x), fmt::format("{:.4f}", 1e4 + 0.5 * static_cast<double>(i) + 30 * y), red ? "red" : "blue, dark",
          (red ? x : -x) + 0.5 * y > 0 ? "up" : "down"};
}

void write_csv(const std::string& path, std::size_t rows, const std::function<std::string(std::size_t, std::string)>& change = {}) {
  std::ofstream file(path);
  file << "x,shifted,kind,label\n";
  for (std::size_t i = 0; i < rows; ++i) {
    const Row r = row_of(i);
    const std::string line = fmt::format("{},{},\"{}\",{}", r.x, r.shifted, r.kind, r.label);
    file << (change ? change(i, line) : line) << '\n';
  }
}

void write_json_lines(const std::string& path, std::size_t rows) {
  std::ofstream file(path);
  for (std::size_t i = 0; i < rows; ++i) {
    const Row r = row_of(i);
    file << fmt::format("{{\"x\": {}, \"shifted\": {}, \"kind\": \"{}\", \"label\": \"{}\"}}\n", r.x, r.shifted, r.kind, r.label);
  }
}

}  // namespace

TEST_CASE("stream: predicts each row before it learns it, better than a guess, and says how well it did") {
  if (!is_built("stream", "predicts")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv");
  write_csv(file, 3000);
  const Ending end = run_app("stream", "--label label " + file);
  CHECK(end.code == 0);
  const std::vector<std::string> lines = lines_of(end.out);
  REQUIRE(lines.size() == 3001);
  CHECK(lines[0] == "row,label,probability");
  CHECK(lines[1] == "1,,");  // nothing was known yet
  std::size_t right = 0;
  for (std::size_t i = 2000; i < 3000; ++i) right += lines[i + 1].starts_with(fmt::format("{},{},", i + 1, row_of(i).label));
  CHECK(right > 850);
  CHECK_MESSAGE(has(end.err, "3000 rows"), end.err);
  CHECK_MESSAGE(has(end.err, "(as the last one "), end.err);
  CHECK_MESSAGE(has(end.err, "kappa temporal "), end.err);
}

TEST_CASE("stream: --task takes the names that train has too") {
  if (!is_built("stream", "names")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv");
  write_csv(file, 60);
  const auto out = [&](const std::string& task) { return run_app("stream", "--quiet --task " + task + ' ' + file).out; };
  CHECK(lines_of(out("classify --label label")).size() == 61);
  CHECK(out("classification --label label") == out("classify --label label"));
  CHECK(lines_of(out("regress --label x")).size() == 61);
  CHECK(out("regression --label x") == out("regress --label x"));
}

TEST_CASE("stream: the same rows give the same lines from a file, two files, a pipe and JSON lines") {
  if (!is_built("stream", "reads")) return;
  const TempFolder folder;
  const std::string csv = folder.file("rows.csv"), json = folder.file("rows.jsonl"), more = folder.file("more.csv");
  write_csv(csv, 400), write_json_lines(json, 400);
  const Ending one = run_app("stream", "--label label " + csv);
  REQUIRE(one.code == 0);
  CHECK(run_app("stream", "--label label", "cat " + csv + " |").out == one.out);
  CHECK(run_app("stream", "--label label -", "cat " + json + " |").out == one.out);
  CHECK(run_app("stream", "--label label --columns x,shifted,kind,label", "tail -n +2 " + csv + " |").out == one.out);
  CHECK(std::system(
            fmt::format("(head -1 {0}; tail -n +301 {0} | tail -n +2) > {1}; head -301 {0} > {0}.first", csv, more).c_str()) == 0);
  CHECK(run_app("stream", fmt::format("--label label {0}.first {1}", csv, more)).out == one.out);
  const Ending lines = run_app("stream", "--label label --format jsonl " + csv);
  CHECK_MESSAGE(has(lines.out, "{\"row\": 400, \"label\": \""), lines.out.substr(lines.out.size() - 80));
  CHECK(run_app("stream", "--label label --seed 2 " + csv).out != one.out);
}

TEST_CASE("stream: a broken row is named, counted and passed over, and with --strict it is the end") {
  if (!is_built("stream", "passes over broken rows")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv");
  write_csv(file, 300, [](std::size_t i, const std::string& line) -> std::string {
    if (i == 50) return "1,2,red";
    if (i == 60) return "x" + line;
    if (i == 70) return "inf,1,red,up";
    if (i == 80) return "1,1,\"red,up";
    if (i == 90) return "1,1," + std::string(3 << 20, 'y') + ",up";
    if (i == 100) return ",1,red,up";
    if (i == 110) return "1,1,?,up";
    return line;
  });
  const Ending end = run_app("stream", "--label label " + file);
  CHECK(end.code == 0);
  const std::vector<std::string> out = lines_of(end.out);
  REQUIRE(out.size() == 296);
  CHECK(out[50].starts_with("50,"));
  CHECK(out[51].starts_with("52,"));  // numbers are those of the input
  CHECK(out[295].starts_with("300,"));
  const std::vector<std::string> said = {"line 52: has 3 cells, and there are 4 columns; it is passed over",
                                         "line 62: column 'x': 'x",
                                         "line 72: column 'x': 'inf' is not finite",
                                         "line 82: column 3: a quote is not closed",
                                         "line 92: is longer than 1048576 bytes",
                                         "column 'x': a cell is missing; such cells are taken for the column's mean so far",
                                         "column 'kind': a cell is missing; such cells are taken for none of its texts",
                                         "295 rows and 5 broken ones"};
  for (const std::string& text : said) CHECK_MESSAGE(has(end.err, text), end.err);
  const Ending strict = run_app("stream", "--strict --label label " + file);
  CHECK(strict.code == 1);
  CHECK(lines_of(strict.out).size() <= 51);
  CHECK_MESSAGE(has(strict.err, "line 52: has 3 cells"), strict.err);
}

TEST_CASE("stream: what a column is follows from its first cell that is there, also when that is not in the first row") {
  if (!is_built("stream", "looks ahead")) return;
  const TempFolder folder;
  const std::string path = folder.file("rows.csv");
  write_csv(path, 600, [](std::size_t i, const std::string& line) {
    return i == 0 ? "1,NA,,up" : i == 1 ? "more, than, four, cells, here" : i < 5 ? "1,10000,?,up" : line;
  });
  const Ending file = run_app("stream", "--label label --no-events " + path);
  REQUIRE_MESSAGE(file.code == 0, file.err);
  CHECK_MESSAGE(has(file.err, "599 rows and 1 broken one"), file.err);
  const Ending pipe = run_app("stream", "--label label --no-events", "cat " + path + " |");
  CHECK_MESSAGE(has(pipe.err, "599 rows and 1 broken one"), pipe.err);
  CHECK(pipe.out == file.out);

  std::ofstream(folder.file("values.csv")) << "x,label\n1,\n2,NA\n3,0.5\n4,1.5\n5,2.5\n";
  const Ending values = run_app("stream", "--label label --no-events " + folder.file("values.csv"));
  CHECK_MESSAGE(has(values.err, "mean absolute error"), values.err);
}

TEST_CASE("stream: a class that comes late is told and learnt, one that --classes does not name is told and not") {
  if (!is_built("stream", "learns new classes")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv");
  write_csv(file, 3000, [](std::size_t i, const std::string& line) {
    return i >= 1000 && i % 4 == 0 ? fmt::format("{:.3f},1e4,\"green\",third", 9 + Random(7).normal(i)) : line;
  });
  const Ending end = run_app("stream", "--label label " + file);
  CHECK_MESSAGE(has(end.err, "row 1001: a class that was not there before: 'third'"), end.err);
  const std::vector<std::string> lines = lines_of(end.out);
  REQUIRE(lines.size() == 3001);
  std::size_t third = 0;
  for (std::size_t i = 2000; i < 3000; i += 4) third += has(lines[i + 1], ",third,");
  CHECK(third > 225);
  const Ending fixed = run_app("stream", "--label label --classes up,down " + file);
  CHECK_MESSAGE(has(fixed.err, "row 1001: the label 'third' is none of --classes"), fixed.err);
  CHECK(!has(fixed.out, ",third,"));
}

TEST_CASE("stream: values in their own unit, and labels that come later") {
  if (!is_built("stream", "predicts values")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv");
  std::ofstream out(file);
  out << "x,y,load\n";
  for (std::size_t i = 0; i < 4000; ++i) {
    const double x = Random(1).normal(i), y = Random(2).normal(i);
    out << fmt::format("{:.4f},{:.4f},{:.2f}\n", x, y, 5e6 + 1e4 * (x - 0.5 * y));
  }
  out.close();
  for (const std::string delay : {"", "--delay 10 "}) {
    const Ending end = run_app("stream", delay + "--label load " + file);
    REQUIRE(end.code == 0);
    const std::vector<std::string> lines = lines_of(end.out);
    REQUIRE(lines.size() == 4001);
    double error = 0;
    for (std::size_t i = 3000; i < 4000; ++i) {
      const double truth = 5e6 + 1e4 * (Random(1).normal(i) - 0.5 * Random(2).normal(i));
      error += std::fabs(std::stod(lines[i + 1].substr(lines[i + 1].find(',') + 1)) - truth) / 1000;
    }
    CHECK(error < 2500);  // of 9,000 for the mean
  }
}

TEST_CASE("stream: labels that come by the key of their row give the lines of labels that come so many rows later") {
  if (!is_built("stream", "hears keys")) return;
  const TempFolder folder;
  const std::string whole = folder.file("whole.csv"), apart = folder.file("apart.csv"), json = folder.file("apart.jsonl");
  constexpr std::size_t rows = 600, later = 7;
  std::ofstream in_row(whole), by_key(apart), lines(json);
  in_row << "id,x,shifted,kind,label,value\n", by_key << "id,x,shifted,kind,label,value\n";
  const auto value = [](std::size_t i) { return 50 + 3 * std::stod(row_of(i).x); };
  for (std::size_t i = 0; i < rows; ++i) {
    const Row r = row_of(i);
    if (i >= later) {
      const Row then = row_of(i - later);
      by_key << fmt::format("k{},,,,{},{}\n", i - later, then.label, value(i - later));
      lines << fmt::format("{{\"label\": \"{}\", \"value\": {}, \"id\": \"k{}\"}}\n", then.label, value(i - later), i - later);
    }
    in_row << fmt::format("k{},{},{},\"{}\",{},{}\n", i, r.x, r.shifted, r.kind, r.label, value(i));
    by_key << fmt::format("k{},{},{},\"{}\",,\n", i, r.x, r.shifted, r.kind);
    lines << fmt::format("{{\"id\": \"k{}\", \"x\": {}, \"shifted\": {}, \"kind\": \"{}\", \"label\": null, \"value\": null}}\n", i,
                         r.x, r.shifted, r.kind);
  }
  by_key << "k3,,,,up,1\nnobody,,,,up,1\n";
  in_row.close(), by_key.close(), lines.close();
  for (const std::string task :
       {"--label label --classes up,down --leave-out value", "--label value --task regress --leave-out label"}) {
    const Ending delayed = run_app("stream", fmt::format("{} --key id --delay {} {}", task, later, whole));
    REQUIRE_MESSAGE(delayed.code == 0, delayed.err);
    const Ending keyed = run_app("stream", fmt::format("{} --key id --late 100 {}", task, apart));
    CHECK_MESSAGE(keyed.code == 0, keyed.err);
    CHECK(keyed.out == delayed.out);
    CHECK(run_app("stream", fmt::format("{} --key id --late 100 {}", task, json)).out == delayed.out);
    CHECK_MESSAGE(has(keyed.err, "2 labels came by a key that no row had, or none of the last 100"), keyed.err);
    const Ending too_late = run_app("stream", fmt::format("{} --key id --late 5 {}", task, apart));
    CHECK_MESSAGE(has(too_late.err, "595 labels came by a key that no row had"), too_late.err);
  }
}

TEST_CASE("stream: JSON rows whose labels come by key need not name them, and a label before all rows is passed over") {
  if (!is_built("stream", "hears keys of JSON")) return;
  const TempFolder folder;
  const std::string named = folder.file("named.jsonl"), left_out = folder.file("left_out.jsonl");
  std::ofstream with(named), without(left_out);
  without << "{\"id\": -1, \"label\": \"up\"}\n";
  for (std::size_t i = 0; i < 200; ++i) {
    with << fmt::format("{{\"id\": {}, \"x\": {}, \"label\": null}}\n", i, row_of(i).x);
    without << fmt::format("{{\"id\": {}, \"x\": {}}}\n", i, row_of(i).x);
    const std::string label = fmt::format("{{\"id\": {}, \"label\": \"{}\"}}\n", i, row_of(i).label);
    with << label, without << label;
  }
  with.close(), without.close();
  const Ending expected = run_app("stream", "--label label --key id --late 10 " + named);
  const Ending found = run_app("stream", "--label label --key id --late 10 " + left_out);
  CHECK_MESSAGE(found.code == 0, found.err);
  CHECK(lines_of(expected.out).size() == 201);
  CHECK(found.out == expected.out);
  CHECK_MESSAGE(has(found.err, "line 1: is a label, and there was no row yet"), found.err);
}

TEST_CASE("stream: a row whose value is no number is passed over as if it had not come") {
  if (!is_built("stream", "passes over")) return;
  const TempFolder folder;
  const std::string whole = folder.file("whole.csv"), broken = folder.file("broken.csv");
  std::ofstream with(broken), without(whole);
  with << "x,kind,value,id\n", without << "x,kind,value,id\n";
  for (std::size_t i = 0; i < 200; ++i) {
    const std::string row = fmt::format("{},\"{}\",{},{}\n", row_of(i).x, row_of(i).kind, i % 7, i);
    with << row, without << row;
    if (i == 50) with << "1000,never,much,50\n";
  }
  with.close(), without.close();
  const Ending expected = run_app("stream", "--label value --task regress --key id " + whole);
  const Ending found = run_app("stream", "--label value --task regress --key id " + broken);
  CHECK(found.out == expected.out);
  CHECK_MESSAGE(
      has(found.err,
          "column 'value': 'much' is no number; --missing-texts=much where it stands for a missing cell; it is passed over"),
      found.err);
}

TEST_CASE("stream: what cannot be is refused in one line") {
  if (!is_built("stream", "refuses")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv"), other = folder.file("other.csv");
  write_csv(file, 20);
  std::ofstream(other) << "x,shifted,label\nup,down,up\n";
  const std::vector<std::pair<std::string, std::string>> table = {
      {file, "which column is to be predicted?"},
      {"--label nothing " + file, "--label: no column is named 'nothing'"},
      {"--label label --leave-out x,shifted,kind " + file, "no column is left to learn from"},
      {"--label label --resume " + file, "--resume needs the file to go on from"},
      {"--task anomaly --label label " + file, "--task anomaly learns no label"},
      {"--label label --every 5m " + file, "--every = 5m is neither"},
      {"--label label --layers 'dense 8, batch_norm' " + file, "batch_norm"},
      {"--demo weather", "weather"},
      {"--label label --rows-per-day 100 " + file, "--rows-per-day: in whose deviations"},
      {"--label label --reference 5 " + file, "--reference"},
      {"--label label --reference " + folder.file("gone.csv") + " " + file, "gone.csv"},
      {"--label label --reference " + other + " " + file, "the model knows a column 'kind', and it is not there"},
      {"--label label --out " + file + " " + file, "--out and a file of the stream are the same file"},
      {"--label label --log " + other + " --reference " + other + " " + file, "--log and --reference are the same file"},
      {"--label label --save " + file + " " + file, "--save and a file of the stream are the same file"},
      {"--label label --late 10 " + file, "--late: by what does a label name its row?"},
      {"--label label --late 10 --delay 5 --key x " + file, "labels come by their key, or so many rows later"},
      {"--label label --save /nowhere/at/all.safetensors " + file, "/nowhere/at/all.safetensors"},
      {"--label label " + folder.file("gone.csv"), "cannot be read"},
      {"--label label --rate 0 " + file, "--rate = 0 must be above 0"}};
  for (const auto& one : table) {
    const std::string &arguments = one.first, &message = one.second;
    const Ending end = run_app("stream", arguments);
    CHECK_MESSAGE(end.code == 2, arguments);
    CHECK_MESSAGE(end.out.empty(), arguments);
    CHECK_MESSAGE(has(end.err, message), end.err);
    CHECK_MESSAGE(lines_of(end.err).size() == 1, end.err);
  }
  CHECK(run_app("stream", "--label label " + file, "cd / &&").code == 0);
  const Ending full = run_app("stream", fmt::format("--label label {} > /dev/full", file));
  CHECK(full.code == 1);
  CHECK_MESSAGE(has(full.err, "standard output cannot be written"), full.err);
}

TEST_CASE("stream: what train has saved goes on learning, and what stream has saved is asked by predict") {
  if (!is_built("stream", "shares models") || !is_built("train", "shares models") || !is_built("predict", "shares models")) return;
  const TempFolder folder;
  const std::string file = folder.file("rows.csv"), few = folder.file("few.csv"), model = folder.file("m.safetensors");
  write_csv(file, 2000), write_csv(few, 50);
  REQUIRE(run_app("stream", fmt::format("--label label --save {} {}", model, file)).code == 0);
  const Ending asked = run_app("predict", model + " " + few);
  REQUIRE_MESSAGE(asked.code == 0, asked.err);
  std::size_t right = 0;
  for (std::size_t i = 0; i < 50; ++i) right += has(lines_of(asked.out)[i + 1], fmt::format("{},{},", i + 1, row_of(i).label));
  CHECK(right > 25);
  if (is_built("export", "of streams")) CHECK(run_app("export", fmt::format("{} {}.onnx", model, model)).code == 0);
  const std::string watched = folder.file("w.safetensors");
  REQUIRE(run_app("stream", fmt::format("--task anomaly --leave-out label --save {} {}", watched, few)).code == 0);
  const Ending refused = run_app("predict", watched + " " + few);
  CHECK(refused.code == 2);
  CHECK_MESSAGE(has(refused.err, "scores of anomalies follow from the rows before; try stream --save "), refused.err);
  const std::string trained = folder.file("t.safetensors"),
                    layers = "online_norm for_input, dense 16, online_norm, affine, relu, dense 2";
  REQUIRE(
      run_app("train", fmt::format("--data csv:{} --label label --layers '{}' --epochs 3 --quiet --save {}", file, layers, trained))
          .code == 0);
  const Ending on = run_app("stream", fmt::format("--load {} {}", trained, few));
  REQUIRE_MESSAGE(on.code == 0, on.err);
  CHECK(!has(lines_of(on.out)[1], "1,,"));  // it knows something from the first row on
  CHECK(lines_of(on.out).size() == 51);
}

TEST_CASE("stream: the demos tell what happens in them, once each") {
  if (!is_built("stream", "draws")) return;
  const Ending end = run_app("stream", "--demo sensors");
  CHECK(end.code == 0);
  const std::vector<std::string> told = {"column 'humidity' is constant for 150 rows, at 41.7",
                                         "column 'pressure' is drifting",
                                         "column 'vibration' has a new range",
                                         "column 'valve' woke up",
                                         "column 'shock' had a rare event",
                                         "column 'power' is outside anything seen"};
  for (const std::string& text : told) {
    const std::size_t first = end.err.find(text);
    CHECK_MESSAGE(first != std::string::npos, text);
    CHECK_MESSAGE(end.err.find(text, first + 1) == std::string::npos, text);
  }
  const std::vector<std::string> lines = lines_of(end.out);
  const auto alarms = [&](std::size_t from, std::size_t to) {
    std::size_t count = 0;
    for (std::size_t i = from; i < to; ++i) count += lines[i].ends_with(",1");
    return count;
  };
  REQUIRE(lines.size() == 20001);
  CHECK(alarms(6000, 6200) > 0);    // the sensor that broke
  CHECK(alarms(17000, 17200) > 0);  // the new regime
  CHECK(alarms(1100, 6000) <= 4);
  CHECK(has(run_app("stream", "--demo market").err, "accuracy 8"));
  CHECK(has(run_app("stream", "--demo rare").err, "accuracy 99"));
}

}  // namespace cambium_tests

#include "apps/stream/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cfloat>
#include <climits>
#include <filesystem>

#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "apps/stream/demo.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/models/line.h"
#include "cambium/models/recipe.h"

namespace stream {
namespace {

using cambium::Error;

const std::vector<std::string> tasks{"automatic", "classify", "regress", "anomaly"}, formats{"csv", "jsonl"};

constexpr const char* footer =
    "Each row is predicted before its label is looked at, and then learnt. Nothing has to be scaled, and there is no horizon to\n"
    "choose: columns may drift, stand still for weeks, or come in any unit.\n"
    "\n"
    "Examples:\n"
    "  stream --demo sensors > scores.csv\n"
    "  stream --label price_up market.csv > predictions.csv\n"
    "  tail -n +1 -f market.csv | stream --label price_up\n"
    "  mosquitto_sub -t plant/# | stream --task anomaly --format jsonl --alarm-rate 1e-5\n"
    "  kcat -C -t orders | stream --label returned --key id --late 100000\n"
    "  stream --label load --task regress --save load.safetensors --every 60s --out predictions.csv load.csv\n"
    "  stream --label load --task regress --save load.safetensors --every 60s --out predictions.csv load.csv --resume\n"
    "The first draws its own rows. To the orders labels come later, as rows like {\"id\": 17, \"returned\": \"yes\"}.\n"
    "Ctrl-C, SIGTERM and SIGHUP end it after the current row, and with --save it goes on from there.";

// Names with commas between them, as one word: what comes behind it is a file.
void add_list(CLI::App& app, const std::string& option, std::vector<std::string>& names, const std::string& about) {
  const auto read = [&names, option](const std::string& text) {
    names.clear();
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t to = std::min(text.find(',', from), text.size());
      if (to == from) throw Error(option + ": a name is empty", option + " NAME,...");
      names.push_back(text.substr(from, to - from)), from = to + 1;
    }
  };
  app.add_option_function<std::string>(option, read, about)->option_text("NAME,...");
}

void declare_input(CLI::App& app, Options& options, std::string& task) {
  app.option_defaults()->group("Input");
  app.add_option("FILE", options.files, "CSV or JSON lines; none, or -: standard input")->option_text("...");
  apps::add_name(app, "--label", options.label, "COLUMN", "what is to be predicted");
  app.add_option("--task", task, "automatic, classify, regress or anomaly (no label)")->option_text("NAME [automatic]");
  apps::add_name(app, "--key", options.key, "COLUMN", "names a row in the output, and is not learnt from; else its number");
  add_list(app, "--columns", options.columns, "names of the columns, for CSV without a header");
  add_list(app, "--leave-out", options.leave_out, "columns that are not looked at");
  add_list(app, "--missing-texts", options.missing_texts, "what stands for a missing cell too, beside NA, N/A, null, ? and such");
  add_list(app, "--text", options.text, "columns of numbers that are names");
  add_list(app, "--classes", options.classes, "the classes of the label; else those that come");
  apps::add_number<int>(app, "--one-hot-limit", options.one_hot_limit,
                        "texts of a column that are told apart; later ones are all 'other'", {1, 1000, "16"});
  app.add_flag("--strict", options.strict, "end at the first broken row, and not pass over it");
  apps::add_name(app, "--demo", options.demo, "NAME", "a stream that the program draws: " + demo_names());
  apps::add_number<int>(app, "--rows", options.rows, "of a demo; 0: as many as it has", {0, INT_MAX, "10000"});
}

void declare_learning(CLI::App& app, Options& options) {
  app.option_defaults()->group("Learning");
  apps::add_number<int>(app, "--delay", options.delay, "a row's label is known so many rows later", {0, 1 << 24, "0"});
  apps::add_number<int>(app, "--late", options.late,
                        "labels come by --key within so many rows, each as a row of its key and the label alone",
                        {0, 1 << 24, "0"});
  apps::add_name(app, "--layers", options.layers, "LINE", "layers before the output, which is added; --layers help lists them");
  apps::add_number<double>(app, "--rate", options.rate, "learning rate of plain SGD");
  apps::add_number<double>(app, "--average", options.average, "decay of the weights' average, which predicts too; 0: none",
                           {0, 0.999999, "0.999"});
  apps::add_number<std::uint64_t>(app, "--seed", options.seed, "of the first weights");
  apps::add_number<int>(app, "--window", options.window, "rows of the figures that are shown while it runs", {1, 1 << 24, "1000"});
  apps::add_number<double>(app, "--alarm-rate", options.alarm_rate, "share of rows that may be alarms, for --task anomaly",
                           {1e-9, 0.5, "1e-4"});
}

void declare_output(CLI::App& app, Options& options, std::string& format, std::string& every) {
  app.option_defaults()->group("Output");
  apps::add_name(app, "--load", options.load, "FILE.safetensors", "begin with a model that train or stream has saved");
  apps::add_name(app, "--save", options.save, "FILE.safetensors", "keep the model and all it goes on by there, and the two before");
  app.add_option("--every", every, "how often: so many rows, or seconds")->option_text("N or Ns [10000]");
  app.add_flag("--resume", options.resume, "go on where --save was written last");
  app.add_flag("--from-start", options.from_start, "with --resume: a pipe brings the rows that were seen once more");
  apps::add_name(app, "--out", options.out, "FILE", "write predictions there, and not to standard output");
  app.add_option("--format", format, "of predictions: csv, or jsonl")->option_text("NAME [csv]");
  apps::add_name(app, "--log", options.log, "FILE.jsonl", "figures after every 1000 rows, and events");
  apps::add_name(app, "--report", options.report, "FILE.html", "the whole stream as a page of pictures, written anew as it goes");
  app.add_option("--reference", options.reference, "what columns are held against: the first N rows, or those of a CSV file")
      ->option_text("N or FILE");
  apps::add_number<int>(app, "--rows-per-day", options.rows_per_day, "with --reference: drifts are told in deviations a day",
                        {0, INT_MAX, "0"});
  app.add_flag("--no-events", options.no_events, "do not tell what the columns do");
  app.add_flag("--quiet", options.quiet, "say errors only");
}

// "10000", or "60s".
void read_every(const std::string& text, Options& options) {
  const bool seconds = text.ends_with('s');
  const std::string number = text.substr(0, text.size() - (seconds ? 1 : 0));
  if (number.empty() || number.find_first_not_of(seconds ? "0123456789.eE+-" : "0123456789+-") != number.npos)
    throw Error(fmt::format("--every = {} is neither a number of rows nor of seconds", text), "--every 10000, or --every 60s");
  if (seconds) {
    options.every_seconds = apps::number<double>("--every", number), options.every_rows = 0;
    apps::check_range<double>("--every", options.every_seconds, {0.001, 1e9, "60s"});
  } else {
    options.every_rows = apps::number<int>("--every", number);
    apps::check_range<int>("--every", options.every_rows, {1, INT_MAX, "10000"});
  }
}

// `csv:FILE`, as train has it, is FILE, unless there is a file of that whole name.
void take_prefix(std::string& file) {
  std::error_code none;
  if (file.starts_with("csv:") && !std::filesystem::exists(file, none)) file.erase(0, 4);
}

void check(const Options& options) {
  if (options.task != Task::anomaly && options.label.empty() && options.demo.empty() && options.load.empty())
    throw Error("which column is to be predicted?", "--label COLUMN, or --task anomaly where there is none");
  if (options.task == Task::anomaly && !options.label.empty())
    throw Error("--task anomaly learns no label, and " + options.label + " is one", "--leave-out " + options.label);
  if (!options.demo.empty() && !options.files.empty()) throw Error("--demo draws its own rows, and there are files", "one of them");
  if (options.from_start && !options.resume)
    throw Error("--from-start is for a run that goes on", options.save.empty() ? "--save FILE.safetensors --resume" : "--resume");
  if (options.resume && options.save.empty()) throw Error("--resume needs the file to go on from", "--save FILE.safetensors");
  if (!(options.rate >= FLT_MIN && options.rate <= FLT_MAX))
    throw Error(fmt::format("--rate = {} must be above 0 and finite", options.rate), "--rate 0.02");
  if (options.rows_per_day > 0 && options.reference.empty())
    throw Error("--rows-per-day: in whose deviations are drifts to be told?", "--reference 10000, or a file");
  if (options.late > 0 && options.key.empty()) throw Error("--late: by what does a label name its row?", "--key COLUMN");
  if (options.late > 0 && options.delay > 0) throw Error("labels come by their key, or so many rows later", "--late or --delay");
  if (options.late > 0 && options.task == Task::anomaly) throw Error("--task anomaly has no labels", "leaving out --late");
  if (!options.classes.empty() && options.task == Task::regress) throw Error("--classes are not for values", "--task classify");
}

// What is written is not what is read, nor written twice; but a model may be saved where it was loaded from. Devices and pipes take
// anything.
void check_files(const Options& options) {
  using Names = std::vector<std::pair<std::string, std::string>>;
  const Names written{{"--save", options.save}, {"--out", options.out}, {"--log", options.log}, {"--report", options.report}};
  Names others{{"--load", options.load}};
  if (options.reference_rows == 0) others.emplace_back("--reference", options.reference);
  for (const std::string& file : options.files) others.emplace_back("a file of the stream", file == "-" ? "" : file);
  for (const auto& [option, path] : written) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) continue;
    for (const auto& [what, other] : others)
      if (apps::same_file(path, other) && !(option == "--save" && what == "--load"))
        throw Error(fmt::format("{} and {} are the same file, {}", option, what, path), "another name for one of them");
    others.emplace_back(option, path);
  }
}

}  // namespace

Options::Identity Options::identity() const {
  const auto quoted = [](const std::string& value) { return "'" + value + "'"; };
  const auto list = [&](const std::vector<std::string>& names) { return quoted(fmt::format("{}", fmt::join(names, ","))); };
  return {{"--task", tasks[static_cast<std::size_t>(task)]},
          {"--label", quoted(label)},
          {"--key", quoted(key)},
          {"--columns", list(columns)},
          {"--leave-out", list(leave_out)},
          {"--missing-texts", list(missing_texts)},
          {"--text", list(text)},
          {"--classes", list(classes)},
          {"--one-hot-limit", std::to_string(one_hot_limit)},
          {"--layers", quoted(layers)},
          {"--rate", fmt::format("{}", rate)},
          {"--average", fmt::format("{}", average)},
          {"--seed", std::to_string(seed)},
          {"--delay", std::to_string(delay)},
          {"--late", std::to_string(late)},
          {"--window", std::to_string(window)},
          {"--alarm-rate", fmt::format("{}", alarm_rate)},
          {"--demo", quoted(demo)},
          {"--reference", quoted(reference)},
          {"--rows-per-day", std::to_string(rows_per_day)}};
}

std::string text_of(const Options::Identity& identity) {
  std::string text;
  for (const auto& [option, value] : identity) text += (text.empty() ? "" : " ") + option + ' ' + value;
  return text;
}

void check_identity(const std::string& saved, const Options::Identity& now, const std::string& who) {
  if (saved == text_of(now)) return;
  std::string differ, remedy;
  for (std::size_t i = 0, at = 0; i < now.size(); ++i) {
    const std::size_t from = saved.find(now[i].first + ' ', at);
    if (from == saved.npos) continue;
    const std::size_t begins = from + now[i].first.size() + 1;
    at = i + 1 < now.size() ? std::min(saved.find(' ' + now[i + 1].first + ' ', begins), saved.size()) : saved.size();
    const std::string value = saved.substr(begins, at - begins);
    if (value == now[i].second) continue;
    differ += fmt::format("{}{} {}, and not {}", differ.empty() ? "" : "; ", now[i].first, value, now[i].second);
    remedy += fmt::format("{}{} {}", remedy.empty() ? "" : " ", value == "''" ? "no" : now[i].first,
                          value == "''" ? now[i].first : value);
  }
  throw Error(fmt::format("{}: was learnt with other options: {}", who, differ.empty() ? saved : differ),
              remedy.empty() ? "the same options" : remedy);
}

std::optional<Options> read_options(const apps::Words& words) {
  Options options;
  std::string task = "automatic", format = "csv", every = "10000";
  CLI::App app("Learns from a live stream of rows, one after the other: predicts each, then learns it.", "stream");
  app.get_formatter()->column_width(34);
  declare_input(app, options, task);
  declare_learning(app, options);
  declare_output(app, options, format, every);
  app.set_help_flag("--help,-h", "this text")->group("Output");  // here, so that what comes in stands before what goes out
  app.footer(footer);
  if (!apps::parse(app, words)) return std::nullopt;
  if (options.layers == "help") {
    apps::say("{}", cambium::models::line_help());
    return std::nullopt;
  }
  if (task == "classification") task = "classify";  // as train says it
  if (task == "regression") task = "regress";
  cambium::models::check_name("task", task, tasks);
  cambium::models::check_name("format", format, formats);
  if (!options.demo.empty()) check_demo(options.demo);
  options.task = static_cast<Task>(std::ranges::find(tasks, task) - tasks.begin());
  options.json = format == "jsonl";
  read_every(every, options);
  for (std::vector<std::string>* list :
       {&options.leave_out, &options.missing_texts, &options.text, &options.classes, &options.columns})
    for (std::string& name : *list) name = cambium::CsvRows::trimmed(name);
  for (std::string& file : options.files) take_prefix(file);
  if (!options.reference.empty() && options.reference.find_first_not_of("0123456789") == std::string::npos) {
    options.reference_rows = apps::number<int>("--reference", options.reference);
    apps::check_range<int>("--reference", options.reference_rows, {100, INT_MAX, "10000"});
  }
  if (!options.demo.empty()) complete_demo(options);
  check(options);
  check_files(options);
  if (options.files.empty() && options.demo.empty()) options.files.push_back("-");
  return options;
}

}  // namespace stream

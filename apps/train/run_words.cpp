#include "apps/train/run_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "apps/common/model_file.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/folder_names.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/training/checkpoints.h"

namespace train {
namespace {

using namespace cambium;

constexpr const char *key = "cambium.command", *what = "the command of the run";

// One option of the command line: "--out DIR", "--out=DIR" or "--resume", and `words` that it takes.
struct Option {
  std::string name, value;
  std::ptrdiff_t words = 1;
};

using Names = std::vector<std::string>;
bool is_one_of(const Names& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

// What is said of the run as it is started now, and is not kept with it.
const Names of_this_start{"--out", "--resume", "--threads", "--quiet"};
// What may be said anew when it goes on, in the place of what was said when it began: none of it changes a bit, but for the epochs.
const Names may_change{"--epochs",
                       "--save",
                       "--log",
                       "--report",
                       "--tensorboard",
                       "--worst",
                       "--keep",
                       "--memory-limit",
                       "--on-nan",
                       "--checkpoint-epochs",
                       "--checkpoint-steps",
                       "--checkpoint-seconds"};
// Where something lies, which may have moved; the training knows its data by what is in them.
const Names places{"--data", "--data-dir", "--test", "--load"};

bool is_option(const std::string& word) { return word.starts_with("--") && word.size() > 2; }

std::vector<Option> options_in(const apps::Words& words) {
  std::vector<Option> options;
  for (const std::string& word : words) {
    const std::size_t equals = is_option(word) ? word.find('=') : std::string::npos;
    if (is_option(word) || options.empty())
      options.push_back({word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1)});
    else
      options.back().value += (options.back().value.empty() ? "" : " ") + word, ++options.back().words;
  }
  return options;
}

// The words of all options but those that are named.
apps::Words without(const apps::Words& words, const Names& names) {
  apps::Words left;
  auto at = words.begin();
  for (const Option& option : options_in(words)) {
    const auto end = at + option.words;
    if (!is_one_of(names, option.name)) left.insert(left.end(), at, end);
    at = end;
  }
  return left;
}

// A run, as a checkpoint knows it.
struct Run {
  std::string folder;
  apps::Words words;
  Json record;  // see record.h
};

std::optional<Run> run_in(const std::string& folder, const std::string& name) {
  const CheckpointFile file(folder + '/' + name);  // whole, as its checksum says
  const std::string* note = file.note(key);
  if (!note) return std::nullopt;
  const Json json = parse_json(*note, file.path() + ": " + what);
  if (!json.as<Json::List>()) return std::nullopt;
  Run run{folder, {}, {}};
  for (const Json& word : *json.as<Json::List>())
    if (word.as<std::string>()) run.words.push_back(*word.as<std::string>());
  if (const std::string* record = file.note(apps::training_key)) run.record = parse_json(*record, file.path() + ": its training");
  return run;
}

// What the run took where its command says nothing; nothing where that is not known.
std::optional<std::string> taken_by(const Run& run, const std::string& option) {
  for (const char* flag : {"--balanced", "--error-bars", "--layers", "--preset", "--leave-out", "--missing-texts"})
    if (option == flag) return "";
  if (option == "--validate" || (option == "--augment" && !run.record.field("augment"))) return "0";
  const auto text = [](const Json* field) -> std::optional<std::string> {
    if (field && field->as<std::string>()) return *field->as<std::string>();
    if (field && field->as<double>()) return text_of(*field->as<double>());
    return std::nullopt;
  };
  const Json* optimizer = run.record.field("optimizer");
  if (option == "--rate") return optimizer ? text(optimizer->field("rate")) : std::nullopt;
  if (option == "--optimizer") return optimizer ? text(optimizer->field("kind")) : std::nullopt;
  for (const char* field : {"batch", "seed", "model"})
    if (option == std::string("--") + field) return text(run.record.field(field));
  return std::nullopt;
}

bool equal(const std::string& option, const std::string& said, const std::string& was) {
  if (said == was) return true;
  if (option == "--data") return said.substr(0, said.find(':')) == was.substr(0, was.find(':'));
  if (is_one_of(places, option)) return true;
  try {
    return apps::number<double>(option, said) == apps::number<double>(option, was);
  } catch (const Error&) {  // no numbers
    return false;
  }
}

void check_options(const std::vector<Option>& options, const Run& run) {
  const std::vector<Option> began = options_in(run.words);
  for (const Option& option : options) {
    if (is_one_of(of_this_start, option.name) || is_one_of(may_change, option.name)) continue;
    const auto was = std::ranges::find(began, option.name, &Option::name);
    const bool same = was != began.end() && equal(option.name, option.value, was->value);
    if (same) continue;
    const std::optional<std::string> taken = was != began.end() ? was->value : taken_by(run, option.name);
    if (!taken || (was == began.end() && !option.value.empty() && equal(option.name, option.value, *taken))) continue;
    throw Error(fmt::format("{}{}{}, and the run in {} has {}", option.name, option.value.empty() ? "" : " ", option.value,
                            run.folder, taken->empty() ? "none" : *taken),
                fmt::format("--out {} --resume alone", run.folder));
  }
}

bool is_gone(const std::string& path) {
  std::error_code unknown;
  return path != "-" && std::filesystem::status(path, unknown).type() == std::filesystem::file_type::not_found;
}

// Of a path that is relative the run means the folder where it was started, and it may go on in another. --load is not read again,
// and a set that has a name has its own test.
void check_places(const Run& run, const Names& said) {
  const std::vector<Option> began = options_in(run.words);
  const auto data = std::ranges::find(began, "--data", &Option::name);
  const std::size_t colon = data == began.end() ? std::string::npos : data->value.find(':');
  const std::string kind = colon == std::string::npos ? "" : data->value.substr(0, colon + 1);
  for (const Option& option : began) {
    const bool looked_for = option.name == "--data-dir" || (!kind.empty() && (option.name == "--data" || option.name == "--test"));
    if (!looked_for || is_one_of(said, option.name) || is_one_of(said, "--data")) continue;
    const std::string where = option.value.starts_with(kind) ? option.value.substr(kind.size()) : option.value;
    const std::size_t comma = where.find(',');  // between two arrays
    const bool some = comma != std::string::npos && !is_gone(where.substr(0, comma)) && !is_gone(where.substr(comma + 1));
    if (!is_gone(where) || some) continue;
    throw Error(fmt::format("--resume: the run in {} has {} {}, and from here that is not there", run.folder, option.name,
                            shown(option.value)),
                option.name + " beside --resume with where it lies now, or going on in the folder where it was started last");
  }
}

bool is_whole(const std::string& path) {
  try {
    return std::filesystem::exists(path) && CheckpointFile(path).note(key) != nullptr;
  } catch (const std::exception&) {
    return false;
  }
}

// Those of a run that once were checkpoints, also those that were put aside.
Names damaged_in(const std::string& folder) {
  Names names = checkpoints_in(folder);
  std::error_code ignored;
  for (const std::string& name : names_in_folder(folder, ignored))
    if (name.starts_with("step-") && name.ends_with(".damaged")) names.push_back(name);
  return names;
}

[[noreturn]] void fail_damaged(const std::string& folder, const Names& names) {
  const std::string best = folder + "/best.safetensors";
  throw Error(fmt::format("--resume: none of the checkpoints in {} is whole ({})", folder, fmt::join(names, ", ")),
              is_whole(best) ? fmt::format("the options of the training with --load {} --out ANOTHER", best)
                             : "the options of the training with --out ANOTHER, without --resume");
}

}  // namespace

apps::Words words_of_run(const apps::Words& words) {
  const std::vector<Option> options = options_in(words);
  std::string folder;
  bool resume = false, help = false;
  Names said;
  for (const Option& option : options) {
    if (option.name == "--out") folder = option.value;
    resume = resume || option.name == "--resume";
    help = help || option.name == "--help" || option.name == "-h" || option.name == "--version";
    said.push_back(option.name);
  }
  if (!resume || folder.empty() || help) return words;
  for (const std::string& name : checkpoints_in(folder)) try {
      const std::optional<Run> run = run_in(folder, name);
      if (!run) return words;
      check_options(options, *run);
      check_places(*run, said);
      apps::Words merged = without(run->words, said);
      merged.insert(merged.end(), words.begin(), words.end());
      return merged;
    } catch (const DamagedFile&) {  // the one before it knows as well
    }
  if (const Names damaged = damaged_in(folder); !damaged.empty()) fail_damaged(folder, damaged);
  Names all = of_this_start;
  all.insert(all.end(), may_change.begin(), may_change.end());
  if (!without(words, all).empty()) return words;
  throw Error(fmt::format("--resume: in {} there is no checkpoint to go on from", folder),
              "the options of the training with --out " + folder);
}

WeightsNote note_of(const apps::Words& words) {
  Json::List list;
  for (const std::string& word : without(words, of_this_start)) list.emplace_back(word);
  return {key, json_text(list, what)};
}

}  // namespace train

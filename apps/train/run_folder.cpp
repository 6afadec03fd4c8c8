#include "apps/train/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/training/checkpoints.h"

namespace train {
namespace {

using namespace cambium;

constexpr const char *key = "cambium.command", *whose = "the command of the run";

// One option of the command line: "--out DIR", "--out=DIR" or "--resume".
struct Option {
  std::string name, value;
  std::size_t words = 1;
};

Option option_at(const apps::Words& words, std::size_t i, bool takes_value) {
  const std::size_t equals = words[i].find('=');
  if (equals != std::string::npos) return {words[i].substr(0, equals), words[i].substr(equals + 1)};
  if (takes_value && i + 1 < words.size()) return {words[i], words[i + 1], 2};
  return {words[i], ""};
}

using Names = std::vector<std::string>;
bool is_one_of(const Names& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

// What is said of the run as it is started now, and is not kept with it.
const Names of_this_start{"--out", "--resume", "--threads", "--quiet"};
// What may be said anew when it goes on, in the place of what was said when it began.
const Names may_change{"--epochs",
                       "--save",
                       "--log",
                       "--report",
                       "--tensorboard",
                       "--worst",
                       "--keep",
                       "--checkpoint-epochs",
                       "--checkpoint-steps",
                       "--checkpoint-seconds"};

std::vector<Option> options_in(const apps::Words& words) {
  std::vector<Option> options;
  for (std::size_t i = 0; i < words.size(); i += options.back().words)
    options.push_back(option_at(words, i, words[i] == "--out" || words[i] == "--threads" || is_one_of(may_change, words[i])));
  return options;
}

// The words of all options but those that are named.
apps::Words without(const apps::Words& words, const Names& names) {
  apps::Words left;
  auto at = words.begin();
  for (const Option& option : options_in(words)) {
    const auto end = at + static_cast<std::ptrdiff_t>(option.words);
    if (!is_one_of(names, option.name)) left.insert(left.end(), at, end);
    at = end;
  }
  return left;
}

std::optional<apps::Words> words_in(const std::string& path) {
  const CheckpointFile file(path);  // whole, as its checksum says
  const std::string* note = file.note(key);
  if (!note) return std::nullopt;
  const Json json = parse_json(*note, path + ": " + whose);
  if (!json.as<Json::List>()) return std::nullopt;
  apps::Words words;
  for (const Json& word : *json.as<Json::List>())
    if (word.as<std::string>()) words.push_back(*word.as<std::string>());
  return words;
}

}  // namespace

apps::Words words_of_run(const apps::Words& words) {
  std::string folder;
  bool resume = false;
  Names said;  // anew
  for (const Option& option : options_in(words)) {
    if (option.name == "--out") folder = option.value;
    resume = resume || option.name == "--resume";
    if (is_one_of(may_change, option.name)) said.push_back(option.name);
  }
  Names all = of_this_start;
  all.insert(all.end(), may_change.begin(), may_change.end());
  if (!resume || folder.empty() || !without(words, all).empty()) return words;
  for (const std::string& name : checkpoints_in(folder)) try {
      if (const std::optional<apps::Words> began = words_in(folder + '/' + name)) {
        apps::Words merged = without(*began, said);
        merged.insert(merged.end(), words.begin(), words.end());
        return merged;
      }
    } catch (const DamagedFile&) {  // the one before it knows as well
    }
  throw Error(fmt::format("--resume: in {} there is no checkpoint to go on from", folder),
              "the options of the training with --out " + folder);
}

WeightsNote note_of(const apps::Words& words) {
  Json::List list;
  for (const std::string& word : without(words, of_this_start)) list.emplace_back(word);
  return {key, json_text(list, whose)};
}

void make_folder(const Options& options) {
  if (options.out.empty()) return;
  std::error_code error;
  if (!std::filesystem::create_directories(options.out, error) && error)
    throw Error(fmt::format("--out: {} cannot be made: {}", options.out, error.message()), "a folder in which you may write");
  if (!options.resume && !checkpoints_in(options.out).empty())
    throw Error(fmt::format("--out: {} has the checkpoints of an earlier training", options.out),
                "--resume to go on with it, or another folder");
  for (const char* name : {"best.safetensors", "log.jsonl", "log.csv", "lock"})
    for (const auto& [option, path] : {std::pair{"--save", &options.save}, {"--log", &options.log}, {"--report", &options.report}})
      if (!path->empty() && apps::same_file(options.out + '/' + name, *path))
        throw Error(fmt::format("{} is a file of the run itself, {}", option, *path), "another name");
}

std::string line_to_resume(const Options& options) {
  const bool plain = std::ranges::all_of(options.out, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/._-").find(c) != std::string_view::npos;
  });
  std::string folder = options.out;
  for (std::size_t at = 0; !plain && (at = folder.find('\'', at)) != std::string::npos; at += 4) folder.replace(at, 1, "'\\''");
  return fmt::format("{0} --out {2}{1}{2} --resume", apps::program(), folder, plain ? "" : "'");
}

}  // namespace train

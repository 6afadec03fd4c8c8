#include "apps/train/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "apps/common/console.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/weights_file.h"
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

bool takes_value(const std::string& word) { return word == "--out" || word == "--threads"; }

// What the user says of the run itself: where it is, and how it is to be shown.
bool is_of_this_time(const std::string& name) {
  return name == "--out" || name == "--resume" || name == "--threads" || name == "--quiet";
}

apps::Words without_those_of_this_time(const apps::Words& words) {
  apps::Words left;
  for (std::size_t i = 0; i < words.size();) {
    const Option option = option_at(words, i, takes_value(words[i]));
    if (!is_of_this_time(option.name))
      left.insert(left.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                  words.begin() + static_cast<std::ptrdiff_t>(i + option.words));
    i += option.words;
  }
  return left;
}

std::optional<apps::Words> words_in(const std::string& path) {
  for (const WeightsNote& note : read_notes(path)) {
    if (note.key != key) continue;
    const Json json = parse_json(note.text, path + ": " + whose);
    if (!json.as<Json::List>()) return std::nullopt;
    apps::Words words;
    for (const Json& word : *json.as<Json::List>())
      if (word.as<std::string>()) words.push_back(*word.as<std::string>());
    return words;
  }
  return std::nullopt;
}

}  // namespace

apps::Words words_of_run(const apps::Words& words) {
  std::string folder;
  bool resume = false;
  for (std::size_t i = 0; i < words.size();) {
    const Option option = option_at(words, i, takes_value(words[i]));
    if (option.name == "--out") folder = option.value;
    resume = resume || option.name == "--resume";
    i += option.words;
  }
  if (!resume || folder.empty() || !without_those_of_this_time(words).empty()) return words;
  for (const std::string& name : checkpoints_in(folder)) try {
      if (const std::optional<apps::Words> began = words_in(folder + '/' + name)) {
        apps::Words all = *began;
        all.insert(all.end(), words.begin(), words.end());
        return all;
      }
    } catch (const Error&) {  // damaged: the one before it knows as well
    }
  throw Error(fmt::format("--resume: in {} there is no checkpoint to go on from", folder),
              "the options of the training with --out " + folder);
}

WeightsNote note_of(const apps::Words& words) {
  Json::List list;
  for (const std::string& word : without_those_of_this_time(words)) list.emplace_back(word);
  return {key, json_text(list, whose)};
}

void make_folder(const Options& options) {
  if (options.out.empty()) return;
  std::error_code error;
  if (!std::filesystem::create_directory(options.out, error) && error)
    throw Error(fmt::format("--out: {} cannot be made: {}", options.out, error.message()), "a folder in which you may write");
  if (!options.resume && !checkpoints_in(options.out).empty())
    throw Error(fmt::format("--out: {} has the checkpoints of an earlier training", options.out),
                "--resume to go on with it, or another folder");
}

std::string line_to_resume(const Options& options) { return fmt::format("{} --out {} --resume", apps::program(), options.out); }

}  // namespace train

// The command line: strict about numbers, and ready with what comes closest.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "cambium/framework/base/error.h"

namespace apps {

using Words = std::vector<std::string>;  // of the command line, without the program's name

// Reads the words into what was declared. Where the app has subcommands, the first word names one. False when they ask for the
// help, which is then printed. Throws cambium::Error for what cannot be: a command or an option that does not exist (with the one
// that comes closest), an option of another command, a word alone, an option without its value. --version is there of itself.
bool parse(CLI::App& app, Words words);

// The whole text as a decimal number of type T (int, std::uint64_t, double). Throws cambium::Error, naming the option, for
// anything else: other letters, a number that T cannot hold.
template <class T>
T number(const std::string& option, const std::string& text);

// Without bounds whatever T can hold, also a NaN.
template <class T>
struct Range {
  T least = std::numeric_limits<T>::lowest(), most = std::numeric_limits<T>::max();
  std::string remedy = {};  // a value to try; the default when it is empty
};

template <class T>
void check_range(const std::string& option, T value, const Range<T>& range) {
  if (range.least == std::numeric_limits<T>::lowest() || (value >= range.least && value <= range.most)) return;
  const std::string above = range.most == std::numeric_limits<T>::max() ? "" : fmt::format(" and at most {}", range.most);
  throw cambium::Error(fmt::format("{} = {} must be at least {}{}", option, value, range.least, above),
                       option + ' ' + range.remedy);
}

// A number for `target`, which is a T, whose value before is the default that the help shows, or an optional one.
template <class T, class Target>
CLI::Option* add_number(CLI::App& app, const std::string& option, Target& target, const std::string& about, Range<T> range = {}) {
  std::string text = std::is_integral_v<T> ? "N" : "NUMBER";
  if constexpr (std::is_same_v<T, Target>) {
    if (range.remedy.empty()) range.remedy = fmt::format("{}", target);
    text += fmt::format(" [{}]", target);
  }
  const auto read = [&target, option, range](const std::string& word) {
    const T value = number<T>(option, word);
    check_range(option, value, range);
    target = value;
  };
  return app.add_option_function<std::string>(option, read, about)->option_text(text);
}

// Several with commas between.
CLI::Option* add_numbers(CLI::App& app, const std::string& option, std::vector<int>& target, const std::string& about,
                         Range<int> range);

// A name, of a file or of something else; `text` stands for it in the help. An empty one is refused: it mostly is a variable of the
// shell that was never set.
CLI::Option* add_name(CLI::App& app, const std::string& option, std::string& target, const std::string& text,
                      const std::string& about);

// What an error of the library says to the user of a command: options for members, and only what he can do.
std::string at_command_line(const cambium::Error& error);
std::string at_command_line(const std::exception& error);
std::string at_command_line(const std::string& text);  // of a warning, "problem; try remedy"

}  // namespace apps

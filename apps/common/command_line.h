// The command line: strict about numbers, and ready with what comes closest.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"

namespace apps {

// Reads the words into what was declared. False when they ask for the help, which is then printed. Throws cambium::Error for what
// cannot be: an option that does not exist (with the one that comes closest), a word alone, an option without its value.
bool parse(CLI::App& app, int argc, char** argv);

// The whole text as a decimal number of type T (int, std::uint64_t, double). Throws cambium::Error, naming the option, for
// anything else: other letters, a number that T cannot hold.
template <class T>
T number(const std::string& option, const std::string& text);

template <class T, class Target>
CLI::Option* add_number(CLI::App& app, const std::string& option, Target& target, const std::string& about) {
  return app.add_option_function<std::string>(
      option, [&target, option](const std::string& text) { target = number<T>(option, text); }, about);
}

// Several with commas between.
CLI::Option* add_numbers(CLI::App& app, const std::string& option, std::vector<int>& target, const std::string& about);

// A name, of a file or of something else. An empty one is refused: it mostly is a variable of the shell that was never set.
CLI::Option* add_name(CLI::App& app, const std::string& option, std::string& target, const std::string& about);

template <class T>
void check_range(const char* option, T value, T least, T most, const char* remedy) {
  if (value >= least && value <= most) return;
  const std::string above = most == std::numeric_limits<T>::max() ? "" : fmt::format(" and at most {}", most);
  throw cambium::Error(fmt::format("{} = {} must be at least {}{}", option, value, least, above),
                       fmt::format("{} {}", option, remedy));
}

// What an error of the library says to the user of a command: options for members, and only what he can do.
std::string at_command_line(const cambium::Error& error);
std::string at_command_line(const std::exception& error);
std::string at_command_line(const std::string& text);  // of a warning, "problem; try remedy"

}  // namespace apps

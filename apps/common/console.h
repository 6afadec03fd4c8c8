// What the programs print.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace apps {

// Nothing here throws for want of a reader, so text that cannot be written ends no work. It is said once on standard error, and
// the program's exit code becomes 1. Text goes out at once, around the buffers of stdio.
void write(std::string_view text) noexcept;  // to standard output
void warn(std::string_view text) noexcept;   // to standard error; when nobody listens there, nobody is told

template <class... T>
void say(fmt::format_string<T...> format, T&&... values) {
  write(fmt::format(format, std::forward<T>(values)...));
}

// "1 thread", "2 threads".
template <class T>
std::string counted(T count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// All of it, whatever the descriptor does: 0, or what the system said.
int write_all(int descriptor, std::string_view text) noexcept;

// On a terminal, a line that the next one replaces, and that is gone before anything else is written. Elsewhere nothing.
void live(std::string_view line) noexcept;
int terminal_width() noexcept;  // columns of the terminal that standard output is, or 0

// One line on standard error, behind the program's name, fit for a terminal and at most a screen long. A list of several lines
// becomes one sentence.
void complain(const std::string& text);

// Some output that was asked for will be missing: says so, and makes the exit code 1.
void lose(const std::string& text);
bool lost() noexcept;

// For `complain` and the help, and as it was typed, for a line to type; both must stay alive.
void set_program(const char* name, const char* typed) noexcept;
const char* program() noexcept;
const char* program_as_typed() noexcept;

}  // namespace apps

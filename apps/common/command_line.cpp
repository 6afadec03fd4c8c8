#include "apps/common/command_line.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <new>
#include <system_error>
#include <type_traits>

#include "apps/common/console.h"
#include "apps/common/remedy.h"

namespace apps {
namespace {

using cambium::Error;

std::vector<std::string> known;  // options of this program

void refuse_extras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return;
  const std::string typed = extras[0].substr(0, extras[0].find('='));
  if (typed.starts_with('-'))
    throw Error(fmt::format("no option is named '{}'{}", typed, cambium::did_you_mean(typed, known)), "--help");
  throw Error(fmt::format("'{}' stands alone, without an option before it", typed), "--help");
}

}  // namespace

bool parse(CLI::App& app, int argc, char** argv) {
  app.allow_extras();
  known.clear();
  for (const CLI::Option* option : app.get_options()) known.push_back("--" + option->get_lnames().front());
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    write(app.help());
    return false;
  } catch (const CLI::ParseError& error) {
    throw Error(error.what(), "--help");
  }
  refuse_extras(app);
  return true;
}

template <class T>
T number(const std::string& option, const std::string& text) {
  T value{};
  if (std::is_unsigned_v<T> && text.starts_with('-'))
    throw Error(fmt::format("{} = {} must be at least 0", option, text), "--help");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) throw Error(fmt::format("{} = {} cannot be held", option, text), "--help");
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(fmt::format("{} = {} is no {}number", option, text, std::is_integral_v<T> ? "whole " : ""), "--help");
  return value;
}

template int number(const std::string&, const std::string&);
template std::uint64_t number(const std::string&, const std::string&);
template double number(const std::string&, const std::string&);

CLI::Option* add_numbers(CLI::App& app, const std::string& option, std::vector<int>& target, const std::string& about) {
  const auto read = [&target, option](const std::vector<std::string>& texts) {
    target.clear();
    for (const std::string& text : texts) target.push_back(number<int>(option, text));
  };
  return app.add_option_function<std::vector<std::string>>(option, read, about)->delimiter(',');
}

CLI::Option* add_name(CLI::App& app, const std::string& option, std::string& target, const std::string& about) {
  const auto read = [&target, option](const std::string& text) {
    if (text.empty()) throw Error(option + ": the name is empty", option + " NAME, or leaving it out");
    target = text;
  };
  return app.add_option_function<std::string>(option, read, about);
}

std::string at_command_line(const Error& error) {
  const std::string remedy = remedy_with_options(error.remedy(), known);
  return with_options(error.problem(), known) + (remedy.empty() ? "" : "; try " + remedy);
}

std::string at_command_line(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return at_command_line(*ours);
  if (dynamic_cast<const std::bad_alloc*>(&error)) return "there is not enough memory";
  return error.what();
}

std::string at_command_line(const std::string& text) {
  const std::size_t at = text.rfind("; try ");
  return at == text.npos ? with_options(text, known) : at_command_line(Error(text.substr(0, at), text.substr(at + 6)));
}

}  // namespace apps

#include "apps/common/command_line.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <new>
#include <system_error>

#include "apps/common/console.h"
#include "apps/common/remedy.h"
#include "cambium/models/recipe.h"

namespace apps {
namespace {

using cambium::Error;

std::vector<std::string> known;  // options of this program, or of the command that was typed
std::string help;                // what shows them

void refuse_extras(CLI::App& app, const CLI::App* command) {
  const Words extras = app.remaining(true);
  if (extras.empty()) return;
  const std::string typed = extras[0].substr(0, extras[0].find('='));
  Words commands, others;
  for (const CLI::App* one : app.get_subcommands({})) {
    commands.push_back(one->get_name());
    if (one->get_option_no_throw(typed) != nullptr) others.push_back(one->get_name());
  }
  if (!others.empty())
    throw Error(fmt::format("{} is an option of {}, and not of {}", typed, fmt::join(others, ", "), command->get_name()), help);
  if (const std::string name = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
      command != nullptr && std::ranges::find(commands, name) != commands.end())
    throw Error(fmt::format("{} and {} are two commands", command->get_name(), name), "one of them");
  if (typed.starts_with('-'))
    throw Error(fmt::format("no option is named '{}'{}", typed, cambium::did_you_mean(typed, known)), help);
  if (command == nullptr && !commands.empty()) cambium::models::check_name("command", typed, commands);
  throw Error(fmt::format("'{}' stands alone, without an option before it", typed), help);
}

// The examples of the help begin with the program's name.
void rename(CLI::App& app, const std::string& name) {
  std::string footer = app.get_footer();
  for (const std::string before : {"\n  ", "| "})
    for (std::size_t at = 0; (at = footer.find(before + app.get_name() + ' ', at)) != footer.npos; ++at)
      footer.replace(at + before.size(), app.get_name().size(), name);
  app.name(name)->footer(footer);
}

}  // namespace

bool parse(CLI::App& app, Words words) {
  rename(app, program());
  app.allow_extras()->require_subcommand(0, 1);
  const std::string version = app.get_name() + " of Cambium " CAMBIUM_VERSION;
  app.set_version_flag("--version", version, "say which version this is");
  const CLI::App* command = nullptr;
  for (CLI::App* one : app.get_subcommands({})) {
    one->allow_extras();
    if (!words.empty() && one->get_name() == words[0]) command = one;
  }
  known.clear();
  for (const CLI::Option* option : (command != nullptr ? command : &app)->get_options())
    if (!option->get_lnames().empty()) known.push_back("--" + option->get_lnames().front());  // else it is a place
  help = command != nullptr ? app.get_name() + ' ' + words[0] + " --help" : "--help";
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    write(app.help());
    return false;
  } catch (const CLI::CallForVersion&) {
    write(version + '\n');
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what(), often = ": At Most 1 required but received ";
    const std::size_t at = text.find(often);
    if (at == text.npos) throw Error(text, help);
    throw Error(text.substr(0, at) + " takes one value, and has " + text.substr(at + often.size()), "one of them");
  } catch (const CLI::ParseError& error) {
    throw Error(error.what(), help);
  }
  refuse_extras(app, command);
  return true;
}

template <class T>
T number(const std::string& option, const std::string& text) {
  T value{};
  const auto refuse = [&](const char* why) { return Error(fmt::format("{} = {} {}", option, text, why), help); };
  if (std::is_unsigned_v<T> && text.starts_with('-')) throw refuse("must be at least 0");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) throw refuse("cannot be held");
  if (const std::size_t comma = text.find(','); comma != text.npos) {
    if (std::is_floating_point_v<T> && comma == text.rfind(','))
      throw Error(fmt::format("{} = {} has a comma", option, text), "a decimal point, and nothing between thousands");
    throw refuse("is more than one number");
  }
  if (error != std::errc() || end != text.data() + text.size())
    throw refuse(std::is_integral_v<T> ? "is no whole number" : "is no number");
  return value;
}

template int number(const std::string&, const std::string&);
template std::uint64_t number(const std::string&, const std::string&);
template double number(const std::string&, const std::string&);

CLI::Option* add_numbers(CLI::App& app, const std::string& option, std::vector<int>& target, const std::string& about,
                         Range<int> range) {
  range.remedy = std::to_string(target.at(0));
  const auto read = [&target, option, range](const Words& words) {
    target.clear();
    for (const std::string& word : words) check_range(option, target.emplace_back(number<int>(option, word)), range);
  };
  const std::string text = fmt::format("N,.. [{}]", fmt::join(target, ","));
  return app.add_option_function<Words>(option, read, about)->delimiter(',')->option_text(text);
}

CLI::Option* add_name(CLI::App& app, const std::string& option, std::string& target, const std::string& text,
                      const std::string& about) {
  const auto read = [&target, option](const std::string& name) {
    if (name.empty()) throw Error(option + ": the name is empty", option + " NAME, or leaving it out");
    target = name;
  };
  return app.add_option_function<std::string>(option, read, about)->option_text(text);
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

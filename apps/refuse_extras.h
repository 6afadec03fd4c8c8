// What the programs say about words on the command line that no option takes.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"

// Throws cambium::Error for the first of them: the option that comes closest, or that a word stands alone. The app must allow
// extras, so that they get this far.
inline void refuse_extras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return;
  const std::string typed = extras[0].substr(0, extras[0].find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back("--" + option->get_lnames().front());
  if (typed.starts_with('-'))
    throw cambium::Error(fmt::format("no option is named '{}'{}", typed, cambium::did_you_mean(typed, names)), "--help");
  throw cambium::Error(fmt::format("'{}' stands alone, without an option before it", typed), "--help");
}

#include "apps/evaluate/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/command_line.h"
#include "apps/evaluate/sets.h"
#include "cambium/framework/base/error.h"
#include "cambium/models/recipe.h"

namespace evaluate {
namespace {

using cambium::Error;

std::string footer() {
  std::string text = "WHERE is one of:\n";
  for (const Source& source : sources())
    text += fmt::format("  {:<24} {}\n", source.name + std::string(*source.where ? ":" : "") + source.where, source.about);
  return text +
         "\nExamples:\n"
         "  evaluate houses.safetensors csv:test.csv\n"
         "  evaluate pets.safetensors images:pets/test --worst 10\n"
         "  evaluate run/best.safetensors npy:x.npy,y.npy --format json\n"
         "A table or a folder of pictures needs no kind before it, for a model of such.\n"
         "The figures are those of train's own test on the same set, to the bit. Columns and classes go by their names,\n"
         "in any order.";
}

}  // namespace

std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  std::vector<std::string> names;
  std::string format = "text";
  CLI::App app("Tests a model that train wrote on a set that it has not seen.", "evaluate");
  app.get_formatter()->column_width(30);
  app.set_help_flag("--help,-h", "this text");
  app.add_option("MODEL WHERE", names, "the model or a checkpoint, and the set, of the kind that it was trained on")
      ->option_text(" ");
  app.add_option("--format", format, "text, or json: one object on one line")->option_text("NAME [text]");
  apps::add_number<int>(app, "--worst", options.worst, "name so many of the worst mistakes", {0, 1000, "10"});
  app.add_flag("--new-columns", options.new_columns, "pass over columns of a table that the model does not know");
  apps::add_number<int>(app, "--threads", options.threads, "changes the speed, not the result (0: one per processor)",
                        {0, 64, "0 for one per processor"});
  app.add_flag("--quiet", options.quiet, "print the last line only");
  app.footer(footer());
  if (!apps::parse(app, words)) return std::nullopt;
  cambium::models::check_name("format", format, {"text", "json"});
  options.json = format == "json";
  if (names.empty()) throw Error("which model?", "evaluate MODEL WHERE");
  if (names.size() == 1)
    throw Error(names[0] + ": and on what shall it be tested?", "evaluate MODEL csv:FILE; --help has the others");
  if (names.size() > 2) throw Error("a model and one set are needed, and there is '" + names[2] + "' too", "evaluate MODEL WHERE");
  options.model = names[0], options.set = names[1];
  return options;
}

}  // namespace evaluate

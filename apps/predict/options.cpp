#include "apps/predict/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command_line.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/tables/parts/csv_rows.h"
#include "cambium/models/recipe.h"

namespace predict {

using cambium::Error;

std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  std::vector<std::string> names;
  std::string format = "csv";
  CLI::App app("Predicts with a model that train --save wrote: one line for each row, picture or sample.", "predict");
  app.get_formatter()->column_width(30);
  app.set_help_flag("--help,-h", "this text");
  app.add_option("MODEL FILE", names,
                 "the model, and what to predict: tables, pictures, folders of pictures or .npy files; - is a table on "
                 "standard input");
  app.add_option("--format", format, "csv, or jsonl: one JSON object a line")->option_text("NAME [csv]");
  apps::add_name(app, "--out", options.out, "FILE", "write there, whole or not at all, and not to standard output");
  app.add_option("--id", options.ids, "columns of a table that come into the answers as they are: an id, a name")
      ->delimiter(',')
      ->allow_extra_args(false)  // or it takes the model too
      ->option_text("COLUMN,..");
  app.add_flag("--new-columns", options.new_columns, "pass over columns of a table that the model does not know");
  apps::add_number<int>(app, "--threads", options.threads, "changes the speed, not the result (0: one per processor)",
                        {0, 64, "1"});
  apps::add_number<int>(app, "--batch", options.batch, "samples that go through the model at once", {1, 1 << 20, "128"});
  app.footer(
      "Examples:\n"
      "  predict houses.safetensors new.csv > prices.csv\n"
      "  cat new.csv | predict houses.safetensors - --format jsonl\n"
      "  predict pets.safetensors a.jpg b.png holidays/\n"
      "A table may have the column that was learnt; it is passed over. Columns go by their names, in any order.\n"
      "Pictures and rows that cannot be read, among others that can, are told and passed over; the exit code is then 1.");
  if (!apps::parse(app, words)) return std::nullopt;
  cambium::models::check_name("format", format, {"csv", "jsonl"});
  options.json = format == "jsonl";
  for (std::string& id : options.ids) id = cambium::CsvRows::trimmed(id);
  if (names.empty()) throw Error("which model?", "predict MODEL FILE...");
  if (names.size() == 1)
    throw Error(names[0] + " stands alone, and a model and what it shall predict are needed",
                "predict MODEL FILE..., or - for a table on standard input");
  options.model = names[0];
  options.files.assign(names.begin() + 1, names.end());
  return options;
}

}  // namespace predict

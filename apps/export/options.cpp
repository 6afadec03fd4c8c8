#include "apps/export/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command_line.h"
#include "apps/common/same_file.h"
#include "cambium/framework/base/error.h"

namespace exporting {
namespace {

bool ends(const std::string& text, const std::string& with) {
  return text.size() > with.size() && text.compare(text.size() - with.size(), with.size(), with) == 0;
}

}  // namespace

using cambium::Error;

std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  std::vector<std::string> names;
  CLI::App app(
      "Writes a model that train --save wrote for other programs: as an ONNX file, or as one C++ file without dependencies.",
      "export");
  app.get_formatter()->column_width(30);
  app.set_help_flag("--help,-h", "this text");
  app.add_option("MODEL OUT", names, "the model, and what to write: OUT.onnx or OUT.cpp, whole or not at all");
  app.add_flag("--softmax", options.softmax,
               "classes get probabilities; without it the scores before them, as the model gives them");
  app.add_flag("--fold", options.fold, "norms and affine steps become part of the layer before them: fewer operations");
  app.footer(
      "Examples:\n"
      "  export digits.safetensors digits.onnx\n"
      "  export digits.safetensors digits.cpp --softmax\n"
      "The file takes what the model takes, after a table's columns were put in order or a picture's bytes divided by 255, and "
      "gives\n"
      "what it gives, before values are brought to their scale. What there is to know of both stands in it: classes, columns, "
      "scale.");
  if (!apps::parse(app, words)) return std::nullopt;
  if (names.empty()) throw Error("which model?", "export MODEL OUT");
  if (names.size() == 1) throw Error(names[0] + ": and what shall be written?", "export MODEL OUT.onnx, or OUT.cpp");
  if (names.size() > 2) throw Error("a model and one file are needed, and there is '" + names[2] + "' too", "export MODEL OUT");
  options.model = names[0], options.out = names[1];
  options.cpp = ends(options.out, ".cpp");
  if (!options.cpp && !ends(options.out, ".onnx"))
    throw Error(options.out + ": its ending does not say what to write", "OUT.onnx or OUT.cpp");
  if (apps::same_file(options.out, options.model)) throw Error(options.out + " is the model itself", "another OUT");
  return options;
}

}  // namespace exporting

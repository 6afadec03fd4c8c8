#include "apps/train/destination.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "apps/common/console.h"
#include "apps/train/progress.h"
#include "cambium/framework/base/text.h"

namespace train {

namespace fs = std::filesystem;
using cambium::shown;

Destination destination(const Options& options, std::optional<double> interrupted_after) {
  const bool in_folder = options.save.empty() && !options.out.empty();
  Destination to{.path = in_folder ? options.out + "/model.safetensors" : options.save, .line = ""};
  if (to.path.empty()) {
    if (interrupted_after)
      to.line = interrupted(options, *interrupted_after) + ", and nothing is kept of it: --save FILE or --out DIR would\n";
    return to;
  }
  std::error_code unknown;
  const bool there = fs::exists(to.path, unknown);
  if (!interrupted_after) {
    to.line = fmt::format("saved in {}{}\n", shown(to.path), there ? ", in place of what was there" : "");
    return to;
  }
  const fs::path wanted = to.path;
  to.aside = there && !in_folder;
  if (to.aside) to.path = fs::path(wanted).replace_filename(wanted.stem().string() + ".interrupted" + wanted.extension().string());
  to.line = fmt::format("{}: saved in {}{}\n", interrupted(options, *interrupted_after), shown(to.path),
                        to.aside ? fmt::format("; {} is as it was", shown(wanted.string())) : "");
  return to;
}

std::string interrupted(const Options& options, double epochs) {
  return fmt::format("interrupted after {} of {}", epochs_text(epochs), apps::counted(options.recipe.epochs, "epoch"));
}

void print(const Destination& destination, bool quiet) {
  if (!quiet)
    apps::write(destination.line);
  else if (destination.aside)
    apps::warn(destination.line);
}

}  // namespace train

// Learns from a live stream of rows: predicts each, then learns it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/shell.h"
#include "apps/common/signals.h"
#include "apps/stream/options.h"
#include "apps/stream/run.h"

namespace {

std::string to_go_on(const std::vector<std::string>& words) {
  const bool resumes = std::ranges::find(words, "--resume") != words.end();
  return apps::shell_line(apps::shell_word(apps::program_as_typed()), words) + (resumes ? "" : " --resume");
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<stream::Options> options = stream::read_options(words);
  if (!options) return 0;
  apps::catch_signals();
  stream::Run run(*options, to_go_on(words));
  options->resume ? run.resume() : run.begin_anew();
  return run.loop();
}

}  // namespace

int main(int argc, char** argv) { return apps::run("stream", argc, argv, read_and_run); }

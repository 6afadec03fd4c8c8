// Learns from a live stream of rows: predicts each, then learns it.
#include <optional>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/signals.h"
#include "apps/stream/options.h"
#include "apps/stream/run.h"

namespace {

// The words as a shell takes them, and --resume.
std::string to_go_on(const std::vector<std::string>& words) {
  std::string text = apps::program();
  bool resume = false;
  for (const std::string& word : words) {
    resume |= word == "--resume";
    const bool plain =
        !word.empty() &&
        word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@") == word.npos;
    text += ' ';
    if (plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
    text += '\'';
  }
  return text + (resume ? "" : " --resume");
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<stream::Options> options = stream::read_options(words);
  if (!options) return 0;
  apps::catch_signals();
  stream::Run run(*options, to_go_on(words));
  if (options->resume) run.resume();
  return run.loop();
}

}  // namespace

int main(int argc, char** argv) { return apps::run("stream", argc, argv, read_and_run); }

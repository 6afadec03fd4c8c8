#include "apps/train/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "apps/common/console.h"
#include "apps/common/same_file.h"
#include "apps/common/shell.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/training/checkpoints.h"

namespace train {

using namespace cambium;

void make_folder(const Options& options) {
  if (options.out.empty()) return;
  std::error_code error;
  if (!std::filesystem::create_directories(options.out, error) && error)
    throw Error(fmt::format("--out: {} cannot be made: {}", options.out, error.message()), "a folder in which you may write");
  if (!options.resume && !checkpoints_in(options.out).empty())
    throw Error(fmt::format("--out: {} has the checkpoints of an earlier training", options.out),
                "--resume to go on with it, or another folder");
  for (const char* name : {"best.safetensors", "log.jsonl", "log.csv", "lock"})
    for (const auto& [option, path] : {std::pair{"--save", &options.save}, {"--log", &options.log}, {"--report", &options.report}})
      if (!path->empty() && apps::same_file(options.out + '/' + name, *path))
        throw Error(fmt::format("{} is a file of the run itself, {}", option, *path), "another name");
}

std::string line_to_resume(const Options& options) {
  return apps::shell_line(apps::shell_word(apps::program_as_typed()), {"--out", options.out, "--resume"});
}

}  // namespace train

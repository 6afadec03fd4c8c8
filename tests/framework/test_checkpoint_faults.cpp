// Calls of the system that fail while a checkpoint is written, or brought to the disk.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "tests/data/temp_folder.h"
#include "tests/files/faults.h"
#include "tests/framework/kept_training.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

using cambium_tests::TempFolder;

TEST_CASE("checkpoints: whatever call fails, the training goes on, and a whole one is there") {
  const MemoryDataset set = lines(20);
  Trainer plain = trainer_of();
  plain.fit(set, {.epochs = 2});
  int points = 0;
  for (const int error : {ENOSPC, EIO, EACCES, EDQUOT})
    for (int at = 0;; ++at) {
      const TempFolder folder;
      Trainer trainer = trainer_of();
      FitOptions fit = kept(folder.path());
      fit.checkpoints.wait_for_disk = true;  // the calls of another thread do not fail
      std::vector<std::string> warnings;
      fit.on_warning = [&](const Error& warning) { warnings.push_back(warning.what()); };
      std::size_t calls = 0;
      std::string left = "none";  // what the checkpoints that are there then say of their steps
      std::optional<cambium_tests::Faults> faults;
      fit.on_step = [&](StepReport& report) {  // the checkpoint at the end of the first epoch
        if (report.total_steps == 5) faults.emplace(cambium_tests::Fault{.at = at, .error = error});
        if (report.total_steps != 6) return;
        calls = faults->calls().size(), faults.reset();
        left = fmt::format("{}", CheckpointFile(folder.file(checkpoints_in(folder.path()).front())).whole("steps"));
      };
      const History history = trainer.fit(set, fit);
      if (calls <= static_cast<std::size_t>(at)) break;
      ++points;
      CHECK((left == "5" || (left == "0" && warnings.size() == 1)));
      CHECK(warnings.size() <= 1);
      CHECK(!history.checkpoint_missing);
      CHECK(std::ranges::equal(trainer.weights().block(), plain.weights().block()));
    }
  CHECK(points > 20);
}

TEST_CASE("checkpoints: what fails while the disk is waited for is told with the next one, or at the end") {
  const MemoryDataset set = lines(20);
  for (const int epochs : {1, 3}) {
    std::size_t points = 0;
    for (bool more = true; more; ++points) {
      const TempFolder folder;
      FitOptions fit = kept(folder.path(), epochs);
      std::vector<std::string> warnings;
      fit.on_warning = [&](const Error& warning) { warnings.push_back(warning.what()); };
      std::optional<cambium_tests::Faults> faults;
      fit.on_step = [&](StepReport& report) {  // the checkpoint at the end of the first epoch
        if (report.total_steps == 5)
          faults.emplace(cambium_tests::Fault{.at = static_cast<int>(points), .error = EIO, .elsewhere = true});
      };
      const History history = trainer_of().fit(set, fit);
      more = faults->calls().size() > points;
      faults.reset();
      CHECK(warnings.size() <= 1);
      for (const std::string& warning : warnings) CHECK(has(warning, "a checkpoint is missing: " + folder.path()));
      CHECK((!history.checkpoint_missing || !warnings.empty()));
      CHECK((epochs > 1 || warnings.empty() || history.checkpoint_missing));
      const auto last = CheckpointFile(folder.file(checkpoints_in(folder.path()).front())).whole("steps");
      CHECK((last == 5 * epochs || (history.checkpoint_missing && last == 5 * epochs - 5)));
    }
    CHECK(points > 4);
  }
}

}  // namespace
}  // namespace cambium

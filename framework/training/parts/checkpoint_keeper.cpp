#include "cambium/framework/training/parts/checkpoint_keeper.h"

#include <fmt/format.h>

#include <cmath>
#include <exception>

#include "cambium/framework/base/error.h"

namespace cambium {
namespace {

const Checkpoints& checked(const Checkpoints& o) {
  const auto require = [](bool good, const char* option, double value, const char* need, const char* remedy) {
    if (!good) throw Error(fmt::format("checkpoints: {} = {}, which must be {}", option, value, need), remedy);
  };
  require(o.every_epochs >= 0, ".every_epochs", o.every_epochs, "at least 1, or 0: not by epochs", ".every_epochs = 1");
  require(o.every_steps >= 0, ".every_steps", static_cast<double>(o.every_steps), "at least 1, or 0: not by steps",
          ".every_steps = 1000");
  require(o.every_seconds >= 0 && std::isfinite(o.every_seconds), ".every_seconds", o.every_seconds,
          "above 0 and finite, or 0: not by time", ".every_seconds = 60");
  require(o.keep >= 1, ".keep", o.keep, "at least 1", ".keep = 2");
  return o;
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(const Checkpoints& options) : options_(checked(options)), folder_(options.folder) {
  if (!options_.resume && !checkpoints_in(options_.folder).empty())
    throw Error("checkpoints: " + options_.folder + " has those of an earlier training",
                ".resume = true to go on with it, or another folder");
}

bool CheckpointKeeper::due_after_step(long steps) const {
  return (options_.every_steps > 0 && steps % options_.every_steps == 0) ||
         (options_.every_seconds > 0 && since_.seconds() >= options_.every_seconds);
}

void CheckpointKeeper::keep(long steps, bool best, const Weights& weights, const StateFields& fields,
                            std::vector<WeightsNote> notes, const std::function<void(const Error&)>& warn) {
  since_ = Clock();
  try {
    if (options_.notes)
      for (WeightsNote& note : options_.notes()) notes.push_back(std::move(note));
    const std::string name = folder_.name_after(steps);
    save_checkpoint(weights, fields, name, notes);
    last_ = name;
    if (best && !folder_.mark_best(name)) save_checkpoint(weights, fields, folder_.best(), notes);
    folder_.leave(options_.keep);
    failed_ = false;
  } catch (const Error& error) {
    if (!std::exchange(failed_, true))
      warn(Error("a checkpoint is missing: " + error.problem() + "; the training goes on, and those before it are whole",
                 error.remedy()));
  }
}

}  // namespace cambium

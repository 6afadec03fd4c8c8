#include "cambium/framework/training/parts/checkpoint_keeper.h"

#include <fmt/format.h>

#include <cmath>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/training/run_notes.h"

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

Error as_error(const std::exception& error) {
  if (const auto* said = dynamic_cast<const Error*>(&error)) return *said;
  return Error(std::string("no memory for a checkpoint, or what goes into it: ") + error.what(), "closing other programs");
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

// In the child of a fork the thread is gone; what it had to do is the parent's.
void CheckpointKeeper::wait() noexcept {
  if (!placing_.joinable()) return;
  if (home_ == forks())
    placing_.join();
  else
    std::construct_at(&placing_);
}

std::optional<Error> CheckpointKeeper::settle() {
  wait();
  return std::exchange(failed_, std::nullopt);
}

void CheckpointKeeper::put_in_place(AtomicFile& file, const std::string& name, bool best) {
  file.commit();
  last_ = name;
  if (best && !folder_.mark_best(name)) folder_.copy_to_best(name);
  folder_.leave(options_.keep, last_);
}

void CheckpointKeeper::keep(What what) {
  since_ = Clock();
  wait();
  try {
    if (options_.notes) options_.notes->write(what.notes);
    const std::string name = folder_.name_after(what.steps);
    std::shared_ptr<AtomicFile> file = begin_checkpoint(what.weights, what.fields, name, what.notes);
    if (!options_.wait_for_disk) try {
        home_ = forks();
        placing_ = std::thread([this, file, name, best = what.best] {
          use_all_processors();
          try {
            put_in_place(*file, name, best);
          } catch (const std::exception& error) {
            failed_ = as_error(error);
          }
        });
        return;
      } catch (const std::system_error&) {  // there is no thread to be had
      }
    put_in_place(*file, name, what.best);
  } catch (const std::exception& error) {
    throw as_error(error);
  }
}

}  // namespace cambium

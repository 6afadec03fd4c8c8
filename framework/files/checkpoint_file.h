// A training as it stands, in one file.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cambium/framework/base/state_dict.h"
#include "cambium/framework/files/damaged_file.h"
#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

class AtomicFile;

// What lists all by which the training goes on, in either direction (state_dict.h).
using StateFields = std::function<void(StateDict&)>;

// Writes the weights as save_weights does, so that the file is one of weights too, and beside them the fields, each a tensor of one
// size under "training/": numbers as F64, the others in their own precision. Errors: those of save_weights; a field that is not
// finite; a name that two fields have.
void save_checkpoint(const Weights& weights, const StateFields& fields, const std::string& path,
                     std::span<const WeightsNote> notes = {});

// The same but for the last: AtomicFile::commit brings it to disk and into its place, in any thread, while weights and fields move.
std::unique_ptr<AtomicFile> begin_checkpoint(const Weights& weights, const StateFields& fields, const std::string& path,
                                             std::span<const WeightsNote> notes = {});

// One that was read, and is whole: its checksum is that of what it holds.
class CheckpointFile {
 public:
  // Errors: a file that cannot be read, or is of a newer version; DamagedFile: it is not whole, or no checkpoint.
  explicit CheckpointFile(const std::string& path);
  ~CheckpointFile();
  CheckpointFile(CheckpointFile&&) noexcept;

  const std::string& path() const;
  const std::vector<WeightsNote>& notes() const& { return notes_; }
  std::vector<WeightsNote> notes() && { return std::move(notes_); }
  const std::string* note(const std::string& key) const;  // null where there is none
  // A whole number among the fields, before the others are read. Error where there is none.
  long whole(const std::string& field) const;

  // Puts weights and fields back. Nothing moves unless all of them fit. Errors: the weights are of another model; a field is not
  // there, is of another size or type, or is nobody's.
  void load(Weights& weights, const StateFields& fields) const;

 private:
  struct Content;
  std::unique_ptr<Content> content_;
  std::vector<WeightsNote> notes_;
};

}  // namespace cambium

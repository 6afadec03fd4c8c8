// The file that a run goes on from, and the two that were written before it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/checkpoint_file.h"

namespace stream {

// FILE, FILE.1 and FILE.2, the newest first. At any moment, also after a crash, one of the first two is whole. By FILE.lock, which
// goes when the stream ends, a second stream that would write there is refused.
class Saved {
 public:
  explicit Saved(std::string path);  // Error: another stream writes there. An empty path: nothing is written
  ~Saved();
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;

  const std::string& path() const { return path_; }
  bool exists() const;
  // The newest that is whole; nothing where none was ever written. `warn` is told of those that are not. Error: all are damaged.
  std::optional<cambium::CheckpointFile> newest(const std::function<void(const std::string&)>& warn) const;
  void write(const cambium::Weights& weights, const cambium::StateFields& fields,
             std::span<const cambium::WeightsNote> notes) const;

 private:
  std::string before(int times) const { return path_ + '.' + std::to_string(times); }
  void lock();

  std::string path_;
  int lock_ = -1;
};

}  // namespace stream

// How a training goes, as a file that TensorBoard shows: scalars, histograms and pictures over steps.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cambium/framework/data/images/picture.h"

namespace cambium {

struct EventFileOptions {
  // Above 0, this file goes on where an earlier one in the folder was cut: what that one says of this step and later ones no longer
  // counts.
  std::int64_t first_step = 0;
};

//     EventFile events("runs/one");
//     events.add_scalar("loss", 0.31, epoch);
//     events.add_histogram("dense_1.weight", weights.value("dense_1.weight"), epoch);
//
// and `tensorboard --logdir runs`. A tag is a name; what stands before its first slash is its group there. The file is a new one
// each time, "events.out.tfevents.SECONDS.NUMBER.cambium"; the folder is made where it is missing, and so are those above.
//
// Each event goes to the file whole, at once, and what could not be written whole is taken back: the file can be read while it
// grows, and after a full disk. Nothing of the values is kept in memory.
//
// Errors name the file: a folder or file that cannot be made; a write that fails, after which others may be tried; a tag that is
// empty or no UTF-8; a picture of other than 1 or 3 channels, or without pixels.
class EventFile {
 public:
  explicit EventFile(const std::string& folder, const EventFileOptions& options = {});
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void add_scalar(const std::string& tag, double value, std::int64_t step);  // as a float; not finite ones too
  // Of what is finite, in `bins` of equal width between the least and the largest; nothing is written where nothing is.
  void add_histogram(const std::string& tag, std::span<const float> values, std::int64_t step, int bins = 50);
  void add_histogram(const std::string& tag, std::span<const double> values, std::int64_t step, int bins = 50);
  void add_image(const std::string& tag, const Picture& picture, std::int64_t step);

  const std::string& path() const { return path_; }

 private:
  void write(const std::string& event);

  std::string path_;
  int file_ = -1;
  std::int64_t size_ = 0;  // of what is whole
};

}  // namespace cambium

// --data images:FOLDER
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "apps/common/image_reading.h"
#include "apps/train/data.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/stream.h"

namespace train {

using namespace cambium;

namespace {

// A picture that is damaged is met before the first step: those of the test, which would come last, and those of the training where
// the folder keeps them, so that none is decoded twice.
void look_through(const Dataset& set) {
  const std::int64_t at_once = std::clamp<std::int64_t>((16 << 20) / set.input_shapes()[0].size(), 1, 64);
  Stream stream(set, {.batch = static_cast<int>(std::min(at_once, set.size())), .shuffle = false, .prefetch = false});
  while (stream.next() != nullptr) continue;
}

bool is_kept(const Dataset& set) {
  constexpr std::int64_t most_bytes = 1 << 30;  // of ImageFolderOptions::cache_bytes, where there is so much memory
  return set.size() <= most_bytes / set.input_shapes()[0].size();
}

}  // namespace

Data load_images(const Options& options, const std::string& folder) {
  ImageFolderOptions how{.threads = options.threads};
  if (!options.size.empty()) apps::read_size("--size", options.size, how), how.fit = Fit::crop;
  if (!options.fit.empty()) how.fit = apps::fit_of(options.fit);
  const auto all = std::make_shared<ImageFolder>(folder, how);
  std::shared_ptr<const Dataset> test;
  if (!options.test.empty()) test = std::make_shared<ImageFolder>(options.test, all->options());
  Data data = with_test(options, all, std::move(test));
  if (is_kept(*data.train)) look_through(*data.train);
  look_through(*data.test);
  if (how.fit == Fit::crop && !options.size.empty())
    data.note = "pictures keep their proportions, and what sticks out of " + options.size +
                " is cut off; --fit resize: all is kept" + (data.note.empty() ? "" : "\n" + data.note);
  data.model = "residual";  // conv_bn learns a hundred photographs by heart, and is wrong with new ones twice as often
  data.reader = "images", data.reading = apps::image_reading(all->options());
  return data;
}

}  // namespace train

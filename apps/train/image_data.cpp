// --data images:FOLDER
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apps/common/image_reading.h"
#include "apps/train/data.h"
#include "cambium/framework/data/images/image_folder.h"

namespace train {

using namespace cambium;

Data load_images(const Options& options, const std::string& folder) {
  ImageFolderOptions how{.threads = options.threads};
  if (!options.size.empty()) apps::read_size("--size", options.size, how), how.fit = Fit::crop;
  if (!options.fit.empty()) how.fit = apps::fit_of(options.fit);
  const auto all = std::make_shared<ImageFolder>(folder, how);
  std::shared_ptr<const Dataset> test;
  if (!options.test.empty()) test = std::make_shared<ImageFolder>(options.test, all->options());
  Data data = with_test(options, all, std::move(test));
  if (how.fit == Fit::crop && !options.size.empty())
    data.note = "pictures keep their proportions, and what sticks out of " + options.size +
                " is cut off; --fit resize: all is kept" + (data.note.empty() ? "" : "\n" + data.note);
  data.model = "residual";  // conv_bn learns a hundred photographs by heart, and is wrong with new ones twice as often
  data.reader = "images", data.reading = apps::image_reading(all->options());
  return data;
}

}  // namespace train

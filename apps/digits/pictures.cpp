#include "apps/digits/pictures.h"

#include <filesystem>
#include <system_error>

#include "apps/common/console.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/images/write_image_folder.h"

using namespace cambium;

namespace {

std::string part_of(const std::string& folder, Split split) { return folder + (split == Split::train ? "/train" : "/test"); }

}  // namespace

void check_pictures(const std::string& folder) {
  if (folder.empty()) return;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(folder + ": " + failed.message(), "--pictures with a folder that you may write to");
  for (const Split split : {Split::train, Split::test})
    if (std::filesystem::exists(part_of(folder, split), failed))
      throw Error(part_of(folder, split) + ": is there already", "another folder, or removing it");
}

void write_pictures(const std::string& folder, Split split, const DigitImages& digits) {
  const std::string part = part_of(folder, split);
  write_image_folder(part, MemoryDataset(Shape{1, 28, 28}, digits.images, {digits.labels.begin(), digits.labels.end()}, 10));
  apps::say("{}: {} pictures, a folder for each digit\n", shown(part), digits.labels.size());
}

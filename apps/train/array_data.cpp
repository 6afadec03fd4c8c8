// --data npy:X.npy,Y.npy and --data npz:FILE
#include <memory>
#include <utility>

#include "apps/common/data_place.h"
#include "apps/train/data.h"
#include "cambium/framework/data/npy_dataset.h"

namespace train {
namespace {

using namespace cambium;

NpyDataOptions npy_options(const Options& options, int classes) {
  return {.classes = classes, .values = options.task == "regression"};
}

MemoryDataset load_two(const std::string& option, const std::string& files, const NpyDataOptions& how) {
  const auto [x, y] = apps::two_files(option, option + " ", files);
  return load_npy(x, y, how);
}

template <class Load>
Data load_both(const Options& options, const Load& load, const std::string& where) {
  const auto all = std::make_shared<MemoryDataset>(load("--data", where, npy_options(options, 0)));
  std::shared_ptr<const Dataset> test;
  if (!options.test.empty())
    test = std::make_shared<MemoryDataset>(load("--test", options.test, npy_options(options, all->target_kinds()[0].classes)));
  Data data = with_test(options, all, std::move(test));
  if (!data.input().is_image()) data.model = model_of_columns(data);
  return data;
}

}  // namespace

Data load_arrays(const Options& options, const std::string& files) { return load_both(options, load_two, files); }

Data load_archive(const Options& options, const std::string& file) {
  return load_both(
      options, [](const std::string&, const std::string& path, const NpyDataOptions& how) { return load_npz(path, how); }, file);
}

}  // namespace train

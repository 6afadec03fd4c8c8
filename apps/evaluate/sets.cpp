#include "apps/evaluate/sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "apps/common/by_place.h"
#include "apps/common/image_reading.h"
#include "apps/common/scaled_target.h"
#include "apps/evaluate/known_classes.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/cifar.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/mnist.h"
#include "cambium/framework/data/npy_dataset.h"
#include "cambium/framework/data/tables/csv.h"

namespace evaluate {
namespace {

using namespace cambium;
using Model = apps::ModelDescription;
using Set = std::shared_ptr<const Dataset>;

template <class T>
Set shared(T set) {
  return std::make_shared<T>(std::move(set));
}

Set load_table(const Model& model, const Options& options, const std::string& file) {
  NewRowOptions how{.labels = NewRowOptions::Labels::needed};
  how.new_columns = options.new_columns;
  const TableFormat format = TableFormat::from_text(model.reading, options.model);
  TableDataset rows = load_new_rows(file, format, how);
  if (rows.by_place()) apps::say_by_place(file, format.columns.size(), format);
  return shared(std::move(rows));
}

Set load_images(const Model& model, const Options& options, const std::string& folder) {
  ImageFolderOptions how = apps::image_reading_of(model.reading, options.model);
  how.classes = model.classes, how.threads = options.threads;
  return shared(ImageFolder(folder, how));
}

NpyDataOptions npy_options(const Model& model) {
  return {.classes = static_cast<int>(model.classes.size()), .values = !model.names_classes()};
}

Set load_arrays(const Model& model, const Options&, const std::string& files) {
  const auto [x, y] = apps::two_files("npy", "npy:", files);
  return shared(load_npy(x, y, npy_options(model)));
}

Set load_archive(const Model& model, const Options&, const std::string& file) { return shared(load_npz(file, npy_options(model))); }

Set load_cifar(const Model&, const Options&, const std::string& folder) { return shared(load_cifar10(folder, Split::test)); }

Set load_four_files(const Model&, const Options&, const std::string& folder) { return shared(load_mnist(folder, Split::test)); }

Set load_fashion(const Model&, const Options&, const std::string& folder) {
  return shared(load_mnist(folder, Split::test, apps::fashion_names()));
}

Set load_digits(const Model&, const Options& options, const std::string&) {
  return shared(digits(Split::test, {.threads = options.threads}));
}

// How the set would be named that such a model was trained on.
std::string usual(const Model& model, const std::string& file) {
  return model.reader == "table" ? "csv:" + file : model.reader == "images" ? "images:" + file : "npy:X.npy,Y.npy";
}

Set as_model_has_it(const Model& model, const std::string& who, Set set) {
  if (set->input_shapes()[0] != model.input)
    throw Error(fmt::format("{}: samples of {}, and the model takes {}", who, set->input_shapes()[0].str(), model.input.str()),
                "a set of such samples");
  const Dataset::TargetKind kind = set->target_kinds()[0];
  if ((kind.classes > 0) != model.names_classes())
    throw Error(fmt::format("{}: its targets are {}, and the model gives {}", who, kind.classes > 0 ? "classes" : "values",
                            kind.classes > 0 ? "values" : "classes"),
                "a set with the targets that it was trained on");
  if (model.names_classes()) {
    if (set->class_names() == model.classes) return set;
    return std::make_shared<KnownClasses>(std::move(set), model.classes, who);
  }
  if (kind.shape.size() != model.values())
    throw Error(fmt::format("{}: targets of {}, and the model gives {}", who, kind.shape.str(), model.values()),
                "a set with the targets that it was trained on");
  return std::make_shared<apps::ScaledTarget>(std::move(set), apps::Scale{model.target_mean, model.target_deviation});
}

}  // namespace

const std::vector<Source>& sources() {
  static const std::vector<Source> all{
      {"csv", "FILE", "table", "a table with the columns of the training, the one that was learnt among them", load_table},
      {"images", "FOLDER", "images", "PNG or JPEG files, in a folder for each class", load_images},
      {"npy", "X.npy,Y.npy", "array", "two arrays as numpy saves them, samples and targets", load_arrays},
      {"npz", "FILE", "array", "the arrays x and y of one file", load_archive},
      {"mnist", "FOLDER", "array", "the two test files of MNIST, raw or gzip", load_four_files},
      {"fashion-mnist", "FOLDER", "array", "those of Fashion-MNIST", load_fashion},
      {"cifar10", "FOLDER", "array", "the test file of CIFAR-10, the binary version", load_cifar},
      {"digits", "", "array", "the test digits that the program draws", load_digits},
  };
  return all;
}

apps::DataPlace place_of_set(const Model& model, const std::string& set) {
  std::vector<apps::DataKind> kinds;
  for (const Source& source : sources()) kinds.push_back({source.name, source.where});
  if (set.find(':') != std::string::npos || std::ranges::any_of(kinds, [&](const auto& kind) { return set == kind.name; }))
    return apps::place_of("", set, kinds);
  std::error_code unknown;
  const bool folder = std::filesystem::is_directory(set, unknown), file = std::filesystem::exists(set, unknown) && !folder;
  if (model.reader == "table" && file && apps::is_named_like_table(set)) return {"csv", set};
  if (model.reader == "images" && folder) return {"images", set};
  throw Error(fmt::format("{} does not say what kind of data it is", set), usual(model, set));
}

Set load_set(const Model& model, const Options& options) {
  const apps::DataPlace place = place_of_set(model, options.set);
  const Source& source = *std::ranges::find(sources(), place.kind, [](const Source& one) { return std::string(one.name); });
  if (model.reader != source.reader)
    throw Error(fmt::format("{} takes {}, and {} is another kind of data", options.model, apps::inputs_of(model), options.set),
                usual(model, model.reader == "table" ? "FILE" : "FOLDER"));
  return as_model_has_it(model, options.set, source.load(model, options, place.where));
}

}  // namespace evaluate

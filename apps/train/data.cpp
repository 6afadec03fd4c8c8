#include "apps/train/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "apps/common/console.h"
#include "apps/common/data_place.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/letters.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/cifar.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/mnist.h"
#include "cambium/framework/data/parts/labels.h"
#include "cambium/framework/data/subset.h"
#include "cambium/framework/data/tables/parts/number_text.h"

namespace train {
namespace {

using namespace cambium;

Data shared(MemoryDataset train, MemoryDataset test) {
  return {.train = std::make_shared<MemoryDataset>(std::move(train)), .test = std::make_shared<MemoryDataset>(std::move(test))};
}

}  // namespace

bool Data::classes_are_numbers() const {
  const std::vector<std::string> names = train->class_names();
  double ignored = 0;
  return !names.empty() &&
         std::ranges::all_of(names, [&](const std::string& text) { return read_number(text, ignored) == NumberText::number; });
}

std::string model_of_columns(const Data& data) { return data.has_classes() ? "mlp_bn" : "mlp_values"; }

bool warn_of_case(const std::string& what, const std::vector<std::string>& names) {
  std::map<std::string, std::string> known;
  for (const std::string& name : names) {
    const auto [other, is_new] = known.emplace(in_small_letters(name), name);
    if (is_new) continue;
    apps::warn(fmt::format("warning: {} {} and {} differ only in case, and are learnt as two; one name, where they are one\n", what,
                           in_quotes(other->second, 40), in_quotes(name, 40)));
    return true;
  }
  return false;
}

namespace {

// Too rare to be learnt, or tested. Where nearly every row has a class of its own, that is what has been said already.
void warn_of_rare(const Data& data) {
  constexpr std::int64_t enough = 5;
  constexpr std::size_t most = 5;
  if (!has_labels(*data.train)) return;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(data.outputs()));
  for (const Dataset* set : {data.train.get(), data.test.get()})
    for (const int label : set->target_kinds() == data.train->target_kinds() ? labels_of(*set) : std::vector<int>())
      ++counts[static_cast<std::size_t>(label)];
  if (data.reader == "table" && std::accumulate(counts.begin(), counts.end(), std::int64_t{0}) < 2 * std::ssize(counts)) return;
  const std::vector<std::string> names = data.train->class_names();
  std::string list;
  std::size_t rare = 0;
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] > 0 && counts[c] < enough && ++rare <= most)
      list += fmt::format("{}class {} has {}", rare == 1 ? "" : ", ", names.empty() ? std::to_string(c) : in_quotes(names[c], 40),
                          apps::counted(counts[c], "sample"));
  if (rare == 0) return;
  if (rare > most) list += fmt::format(" ({} such classes in all)", rare);
  apps::warn(fmt::format("warning: {}, too few to learn {} or to test it; more of {}, or none\n", list,
                         rare == 1 ? "it" : "such a class", rare == 1 ? "it" : "each"));
}

Data load_digits(const Options& options, const std::string&) {
  if (!options.data_dir.empty()) throw Error("--data digits are drawn, not read, and need no --data-dir", "--data mnist");
  return shared(digits(Split::train, {.threads = options.threads}), digits(Split::test, {.threads = options.threads}));
}

// By their headers: no images are unpacked that do not belong together.
void check_shapes(const std::string& folder) {
  const Shape train = mnist_shape(folder, Split::train), test = mnist_shape(folder, Split::test);
  if (train != test)
    throw Error(fmt::format("the training images are {}, and the test images {}", train.str(), test.str()),
                "--data-dir with four files that belong together");
}

Data load_four_files(const Options& options, const std::vector<std::string>& class_names) {
  if (options.data_dir.empty())
    throw Error("--data " + options.data + " is read from files, and nobody said where", "--data-dir FOLDER");
  check_shapes(options.data_dir);
  return shared(load_mnist(options.data_dir, Split::train, class_names), load_mnist(options.data_dir, Split::test, class_names));
}

Data load_digits_of_mnist(const Options& options, const std::string&) { return load_four_files(options, {}); }

Data load_fashion(const Options& options, const std::string&) { return load_four_files(options, apps::fashion_names()); }

}  // namespace

Data load_cifar(const Options&, const std::string& folder) {
  return shared(load_cifar10(folder, Split::train), load_cifar10(folder, Split::test));
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all{
      {"digits", "", "digits that the program draws", load_digits},
      {"mnist", "", "the four files of MNIST in --data-dir, raw or gzip", load_digits_of_mnist},
      {"fashion-mnist", "", "those of Fashion-MNIST", load_fashion},
      {"csv", "FILE", "a table, the column --label being what is to be learnt", load_table},
      {"images", "FOLDER", "PNG or JPEG files, in a folder for each class", load_images},
      {"npy", "X.npy,Y.npy", "two arrays as numpy saves them, samples and targets", load_arrays},
      {"npz", "FILE", "the arrays x and y of one file", load_archive},
      {"cifar10", "FOLDER", "the binary version of CIFAR-10", load_cifar},
  };
  return all;
}

TrainAndValidation put_aside(std::shared_ptr<const Dataset> all, std::int64_t count, std::uint64_t seed) {
  return has_labels(*all) ? stratified_split(std::move(all), count, seed) : split(std::move(all), count, seed);
}

Data with_test(const Options& options, std::shared_ptr<const Dataset> all, std::shared_ptr<const Dataset> test) {
  if (test) return {.train = std::move(all), .test = std::move(test)};
  const std::int64_t aside = std::max<std::int64_t>(1, all->size() / 5);
  if (all->size() < 2)
    throw Error(fmt::format("--data {}: one row cannot be both learnt from and tested", options.data), "more rows");
  auto [train, held] = put_aside(all, aside, options.seed);
  return {.train = std::make_shared<Subset>(std::move(train)),
          .test = std::make_shared<Subset>(std::move(held)),
          .note = fmt::format("no --test: {} of {} are put aside for it, drawn with the seed{}", aside, all->size(),
                              has_labels(*all) ? ", of each class its share" : "")};
}

Data load_data(const Options& options) {
  std::vector<apps::DataKind> kinds;
  for (const Source& source : sources()) kinds.push_back({source.name, source.where});
  const apps::DataPlace place = apps::place_of("--data ", options.data, kinds);
  Data data =
      std::ranges::find(sources(), place.kind, [](const Source& one) { return std::string(one.name); })->load(options, place.where);
  if (data.has_classes()) warn_of_case("the classes", data.train->class_names()), warn_of_rare(data);
  return data;
}

}  // namespace train

#include "cambium/framework/data/npy_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/fits_real.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/npz.h"

namespace cambium {
namespace {

constexpr int most_classes_unsaid = 1 << 16;

// Where an array is: a file, or a member of an archive.
struct Place {
  std::string path, name;
  bool archive = false;

  std::string str() const { return archive ? fmt::format("{}, member {}", path, in_quotes(name + ".npy")) : path; }
  NpyHeader header() const { return archive ? read_npz_header(path, name) : read_npy_header(path); }
  NpyArray read(const NpyHeader& expected, const NpyLimits& limits) const {
    NpyArray array = archive ? read_npz(path, name, limits) : read_npy(path, limits);
    if (array.str() != expected.str()) fail("became another file while it was read", "reading it again");
    return array;
  }
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const {
    throw Error(str() + ": " + problem, remedy);
  }

  // Errors that do not know the place are given it.
  template <class Work>
  void naming(const Work& work) const {
    try {
      work();
    } catch (const Error& error) {
      fail(error.problem(), error.remedy());
    }
  }
};

Shape shape_of(const Place& place, const std::vector<std::int64_t>& sizes) {
  std::vector<int> small;
  for (const std::int64_t size : sizes)
    small.push_back(static_cast<int>(std::min<std::int64_t>(size, std::numeric_limits<int>::max())));
  Shape shape;
  place.naming([&] { shape = Shape(small.data(), static_cast<int>(small.size())); });
  return shape;
}

// The shape of a sample, for which there are sizes behind the count.
Shape sample_shape(const Place& place, const NpyHeader& header, const char* needed) {
  const std::vector<std::int64_t>& sizes = header.sizes;
  if (sizes.empty() || sizes.size() > 5) place.fail(fmt::format("holds {}, and {}", header.str(), needed), "np.reshape in Python");
  if (sizes[0] < 1) place.fail(fmt::format("holds {}: there are no samples", header.str()), "at least one sample");
  if (sizes.size() == 1) return Shape{1};
  return shape_of(place, {sizes.begin() + 1, sizes.end()});
}

bool is_channel_count(int size) { return size == 1 || size == 3 || size == 4; }

// As it is in the file, channels last too.
Shape input_shape(const Place& place, const NpyHeader& header, ChannelOrder order) {
  const Shape shape = sample_shape(place, header, "X has from one to five sizes, the first of them the count");
  if (shape.rank() == 2) return {1, shape[0], shape[1]};
  if (shape.rank() == 3 && order == ChannelOrder::unsaid && is_channel_count(shape[2]) && !is_channel_count(shape[0]))
    place.fail(fmt::format("holds {}, which as channels x height x width are {} channels of {}x{}", header.str(), shape[0],
                           shape[1], shape[2]),
               fmt::format("channels last (ChannelOrder::last): {} channels of {}x{}", shape[2], shape[0], shape[1]));
  return shape;
}

// Of an array of samples in which the channels are the last size.
template <class T>
std::vector<T> channels_first(const std::vector<T>& last, std::size_t positions, std::size_t channels) {
  std::vector<T> first(last.size());
  for (std::size_t sample = 0; sample < last.size(); sample += positions * channels)
    for (std::size_t at = 0; at < positions; ++at)
      for (std::size_t c = 0; c < channels; ++c) first[sample + c * positions + at] = last[sample + at * channels + c];
  return first;
}

// `width`: of a row, for messages.
template <class T>
std::vector<real> as_real(const Place& place, std::vector<T>&& values, std::size_t width) {
  if constexpr (std::is_same_v<T, real>) {
    return std::move(values);
  } else {
    const auto is_too_large = [](T value) {
      const auto v = static_cast<double>(value);
      return std::isfinite(v) && !fits_real(v);
    };
    const auto bad = std::find_if(values.begin(), values.end(), is_too_large);
    if (bad != values.end())
      place.fail(fmt::format("row {} holds {}, and a float holds at most {:.4g}",
                             static_cast<std::size_t>(bad - values.begin()) / width, *bad, std::numeric_limits<real>::max()),
                 "smaller units");
    std::vector<real> all(values.size());
    std::transform(values.begin(), values.end(), all.begin(), [](T value) { return static_cast<real>(value); });
    return all;
  }
}

void add_input(MemoryDataset& set, const Place& place, const NpyHeader& header, const NpyDataOptions& options) {
  Shape shape = input_shape(place, header, options.channels);
  const bool turned = header.sizes.size() == 4 && options.channels == ChannelOrder::last;
  const auto channels = as_size(shape[2]), positions = as_size(shape[0]) * as_size(shape[1]);
  if (turned) shape = {shape[2], shape[0], shape[1]};
  const auto add = [&]<class T>(std::vector<T>&& values) {
    if (turned) values = channels_first(values, positions, channels);
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      place.naming([&] { set.add_input(shape, std::move(values)); });
    } else {
      std::vector<real> all = as_real(place, std::move(values), as_size(shape.size()));
      place.naming([&] { set.add_input(shape, std::move(all)); });
    }
  };
  NpyArray array = place.read(header, options.limits);
  std::visit([&](auto& values) { add(std::move(values)); }, array.values);
}

template <class T>
void add_labels(MemoryDataset& set, const Place& place, const std::vector<T>& values, const NpyDataOptions& options) {
  const int said = options.classes > 0 ? options.classes : static_cast<int>(options.class_names.size());
  const int most = said > 0 ? said : most_classes_unsaid;
  std::vector<int> labels(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    const T label = values[row];
    if (label < T{0}) place.fail(fmt::format("row {} has label {}, and labels start at 0", row, label), "labels counted from 0");
    if (static_cast<std::uint64_t>(label) >= static_cast<std::uint64_t>(most))
      place.fail(
          fmt::format("row {} has label {}, and {}", row, label,
                      said > 0 ? fmt::format("{} classes have labels from 0 to {}", said, said - 1)
                               : fmt::format("above {} the number of classes must be said", most - 1)),
          said > 0 ? "more classes, or labels counted from 0" : "the number of classes, or `values` where they are no labels");
    labels[row] = static_cast<int>(static_cast<std::uint64_t>(label));
  }
  const int classes = said > 0 ? said : *std::max_element(labels.begin(), labels.end()) + 1;
  place.naming([&] { set.add_target(std::move(labels), classes).name_classes(options.class_names); });
}

void add_target(MemoryDataset& set, const Place& place, const NpyHeader& header, const NpyDataOptions& options) {
  const Shape shape = sample_shape(place, header, "y has from one to five sizes, the first of them the count");
  const bool labels = header.type[0] != 'f' && !options.values;
  if (labels && shape.size() > 1)
    place.fail(fmt::format("holds {}, and a label is one integer for each sample", header.str()),
               "y.argmax(1) for one-hot labels, or `values` where they are no labels");
  NpyArray array = place.read(header, options.limits);
  const auto add = [&]<class T>(std::vector<T>&& values) {
    if constexpr (std::is_integral_v<T>)
      if (labels) return add_labels(set, place, values, options);
    std::vector<real> all = as_real(place, std::move(values), as_size(shape.size()));
    place.naming([&] { set.add_target(shape, std::move(all)).name_classes(options.class_names); });
  };
  std::visit([&](auto& values) { add(std::move(values)); }, array.values);
}

// Of two headers that belong together; the target first, because it is small.
MemoryDataset load(const Place& x, const Place& y, const NpyDataOptions& options) {
  if (options.classes < 0) y.fail(fmt::format("{} classes", options.classes), "the number of classes, or 0 to count them");
  const NpyHeader inputs = x.header(), targets = y.header();
  input_shape(x, inputs, options.channels);
  if (!targets.sizes.empty() && targets.sizes[0] != inputs.sizes[0])
    throw Error(fmt::format("{} holds {} samples ({}), and {} has {} targets ({})", x.str(), inputs.sizes[0], inputs.str(), y.str(),
                            targets.sizes[0], targets.str()),
                "two arrays that belong together");
  MemoryDataset set;
  add_target(set, y, targets, options);
  add_input(set, x, inputs, options);
  return set;
}

}  // namespace

MemoryDataset load_npy(const std::string& x_path, const std::string& y_path, const NpyDataOptions& options) {
  return load({x_path, "", false}, {y_path, "", false}, options);
}

MemoryDataset load_npz(const std::string& path, const NpyDataOptions& options) {
  return load({path, options.x, true}, {path, options.y, true}, options);
}

MemoryDataset load_inputs(const std::string& path, const NpyDataOptions& options) {
  const bool archive = path.ends_with(".npz");
  const Place x{path, archive ? options.x : "", archive};
  MemoryDataset set;
  add_input(set, x, x.header(), options);
  return set;
}

}  // namespace cambium

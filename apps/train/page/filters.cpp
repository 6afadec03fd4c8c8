#include "apps/train/page/filters.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <variant>

namespace train {
namespace {

using namespace cambium;

std::uint8_t grey_of(real value, double largest) {
  const double height = largest > 0 && std::isfinite(value) ? static_cast<double>(value) / largest : 0;
  return static_cast<std::uint8_t>(std::lround(128 + 127 * std::clamp(height, -1.0, 1.0)));
}

// `shape`: of the weights of one output. Channels beyond what a picture has are left out.
void add_pictures(FirstLayer& first, std::span<const real> weights, const Shape& shape, int most) {
  const int channels = shape[0] == 3 ? 3 : 1, shown = std::min(first.outputs, most);
  double largest = 0;
  for (const real w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  const auto size = static_cast<std::size_t>(channels * shape[1] * shape[2]);
  for (int i = 0; i < shown; ++i) {
    Picture picture{channels, shape[1], shape[2], std::vector<std::uint8_t>(size)};
    const real* from = weights.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(shape.size());
    for (std::size_t k = 0; k < size; ++k) picture.bytes[k] = grey_of(from[k], largest);
    first.pictures.push_back(std::move(picture));
  }
}

}  // namespace

int most_filters(const Shape& input) { return input.is_image() ? std::clamp(100'000 / input.size(), 8, 64) : 32; }

FirstLayer first_layer(const Graph& graph, const Weights& weights, int most) {
  FirstLayer first;
  const Shape input = graph.entries()[static_cast<std::size_t>(graph.inputs()[0])].shape;
  for (int i = 0; i < static_cast<int>(graph.entries().size()); ++i) {
    if (!graph.entries()[static_cast<std::size_t>(i)].layer) continue;
    const LayerSpec spec = graph.spec(i, 1, Mode::evaluate);
    const auto* conv = std::get_if<form::Conv>(&spec.form);
    const auto* dense = std::get_if<form::Dense>(&spec.form);
    if (!conv && !dense) continue;
    const Weights::Tensor& tensor = weights.tensors()[static_cast<std::size_t>(weights.params_of(i)[0])];
    const std::span<const real> values = weights.value(tensor.name);
    first.name = graph.entries()[static_cast<std::size_t>(i)].name;
    first.outputs = conv ? conv->filters : dense->outputs;
    if (conv) {
      add_pictures(first, values, {tensor.sizes[1], conv->kernel_height, conv->kernel_width}, most);
    } else if (input.is_image() && dense->inputs == input.size()) {
      add_pictures(first, values, input, most);
    } else {
      first.inputs = dense->inputs;
      const auto shown = static_cast<std::size_t>(std::min(first.outputs, most) * dense->inputs);
      first.weights.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(shown));
    }
    return first;
  }
  return first;
}

Picture sheet_of(const std::vector<Picture>& pictures) {
  const int count = static_cast<int>(pictures.size());
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count)))), rows = (count + columns - 1) / columns;
  const int height = pictures[0].height, width = pictures[0].width;
  Picture sheet{pictures[0].channels, rows * (height + 1) + 1, columns * (width + 1) + 1, {}};
  sheet.bytes.assign(static_cast<std::size_t>(sheet.shape().size()), 64);
  for (int i = 0; i < count; ++i)
    for (int c = 0; c < sheet.channels; ++c)
      for (int y = 0; y < height; ++y) {
        const auto from = pictures[static_cast<std::size_t>(i)].bytes.begin() + (c * height + y) * width;
        const int to = (c * sheet.height + i / columns * (height + 1) + 1 + y) * sheet.width + i % columns * (width + 1) + 1;
        std::copy(from, from + width, sheet.bytes.begin() + to);
      }
  return sheet;
}

}  // namespace train

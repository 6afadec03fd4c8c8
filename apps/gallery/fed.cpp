#include "apps/gallery/fed.h"

#include <algorithm>
#include <utility>

#include "cambium/framework/base/size.h"

namespace gallery {

using namespace cambium;

Fed::Fed(Graph graph, PlanOptions options, std::uint64_t seed)
    : graph_(std::move(graph)), weights_(graph_, seed), options_(std::move(options)), plan_(graph_, weights_, options_) {}

Fed::Fed(Fed& other, PlanOptions options)
    : graph_(other.graph_), weights_(other.weights_.share()), options_(std::move(options)), plan_(graph_, weights_, options_) {}

Values Fed::feed(const Values& x) {
  const Shape& shape = graph_.entries()[0].shape;
  const std::size_t size = as_size(shape.size()), samples = x.size() / size, most = as_size(options_.batch);
  std::vector<real> rows(x.begin(), x.end());
  Values y;
  for (std::size_t done = 0; done < samples; done += most) {
    const auto count = static_cast<int>(std::min(samples - done, most));
    const ConstView out = plan_.forward(ConstView{rows.data() + done * size, shape, count});
    y.insert(y.end(), out.begin(), out.end());
  }
  return y;
}

void Fed::set(const std::string& parameter, const Values& values) {
  std::ranges::transform(values, weights_.value(parameter).begin(), [](double value) { return static_cast<real>(value); });
}

Values values_of(const ConstView& view) { return {view.begin(), view.end()}; }

Values channel_of(const ConstView& view, int c) {
  const std::size_t channels = as_size(view.shape.channels()), spatial = as_size(view.shape.size()) / channels;
  Values values;
  for (int n = 0; n < view.batch; ++n) {
    const real* const from = view.row(n) + as_size(c) * spatial;
    values.insert(values.end(), from, from + spatial);
  }
  return values;
}

}  // namespace gallery

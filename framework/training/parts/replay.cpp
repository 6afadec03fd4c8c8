#include "cambium/framework/training/parts/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace cambium {
namespace {

// "[3, 0, 1]": the place of a value in sizes of which the last counts fastest.
template <class Sizes>
std::string place(std::size_t at, const Sizes& sizes, int rank) {
  std::string text;
  for (int i = rank; i-- > 0;) {
    const auto size = static_cast<std::size_t>(std::max<int>(sizes[static_cast<std::size_t>(i)], 1));
    text = fmt::format("{}{}{}", at % size, text.empty() ? "" : ", ", text);
    at /= size;
  }
  return '[' + text + ']';
}

class Search {
 public:
  explicit Search(const Replay& step) : step_(step), weights_(step.weights.copy()), plan_(step.graph, weights_, options()) {
    plan_.set_pass_number(step.number);
  }

  std::string run() {
    plan_.forward(step_.batch.inputs);
    for (std::size_t i = 0; i < entries().size() && text_.empty(); ++i)
      if (entries()[i].layer) look_forward(static_cast<int>(i));
    if (!text_.empty()) return text_;
    if (const double loss = step_.loss(plan_); !std::isfinite(loss)) return fmt::format("the loss is {}", loss);
    for (int k = 0; k < plan_.outputs() && text_.empty(); ++k)
      look(fmt::format("the gradient of the loss at output {}", k), plan_.output_gradient(k));
    if (!text_.empty()) return text_;
    plan_.backward();
    for (std::size_t i = entries().size(); i-- > 0 && text_.empty();)
      if (entries()[i].layer) look_back(static_cast<int>(i));
    if (const std::string state = plan_.bad_state(); text_.empty() && !state.empty())
      text_ = fmt::format("the state {} would not be finite", state);
    return text_;
  }

 private:
  const std::vector<Graph::Entry>& entries() const { return step_.graph.entries(); }
  PlanOptions options() const {
    PlanOptions options{.batch = step_.batch.size(), .mode = Mode::train, .fuse = false, .pool = step_.pool};
    for (const Graph::Entry& entry : entries())
      if (entry.layer) options.observe.push_back(entry.name);
    return options;
  }

  void look_forward(int i) {
    const Graph::Entry& entry = entries()[as_size(i)];
    for (const int p : weights_.params_of(i)) {
      const Weights::Tensor& tensor = weights_.tensors()[as_size(p)];
      look("the weight " + tensor.name, std::as_const(weights_).value(tensor.name), tensor.sizes);
    }
    for (const int s : weights_.state_of(i)) {
      const Weights::StateTensor& tensor = weights_.state_tensors()[as_size(s)];
      look("the state " + tensor.name, std::as_const(weights_).state(tensor.name), tensor.sizes);
    }
    look("the activation of " + entry.name, plan_.output_of(entry.name));
  }
  void look_back(int i) {
    const Graph::Entry& entry = entries()[as_size(i)];
    look("the gradient that reaches " + entry.name, plan_.output_gradient_of(entry.name));
    for (const int p : weights_.params_of(i)) {
      const Weights::Tensor& tensor = weights_.tensors()[as_size(p)];
      const Range& range = weights_.ranges()[as_size(p)];
      if (!range.settings.freeze)
        look("the gradient of " + tensor.name, std::span<const real>(range.gradient, range.size), tensor.sizes);
    }
  }

  template <class T>
  void look(const std::string& what, std::span<T> values, const std::vector<int>& sizes) {
    const auto bad = std::ranges::find_if(values, [](auto value) { return !std::isfinite(value); });
    if (bad == values.end() || !text_.empty()) return;
    text_ = fmt::format("{} is {} at {}", what, static_cast<double>(*bad),
                        place(static_cast<std::size_t>(bad - values.begin()), sizes, static_cast<int>(sizes.size())));
  }
  void look(const std::string& what, const ConstView& values) {
    const real* const bad = std::find_if(values.begin(), values.end(), [](real value) { return !std::isfinite(value); });
    if (bad == values.end() || !text_.empty()) return;
    const auto at = static_cast<std::size_t>(bad - values.begin()), width = as_size(values.shape.size());
    std::vector<int> sizes;
    for (int axis = 0; axis < values.shape.rank(); ++axis) sizes.push_back(values.shape[axis]);
    const std::size_t sample = at / width;
    text_ = fmt::format(
        "{} is {} at {} of {}", what, *bad, place(at % width, sizes, values.shape.rank()),
        sample < step_.batch.rows.size() ? step_.data.name_of_row(step_.batch.rows[sample]) : fmt::format("sample {}", sample));
  }

  const Replay& step_;
  Weights weights_;
  Plan plan_;
  std::string text_;
};

}  // namespace

std::string first_not_finite(const Replay& step) { return Search(step).run(); }

}  // namespace cambium

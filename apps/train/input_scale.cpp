#include "apps/train/input_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/shell.h"
#include "cambium/framework/base/size.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/data/tables/table_format.h"
#include "cambium/layers/linear/dense.h"
#include "cambium/layers/regularization/dropout.h"
#include "cambium/layers/shape/flatten.h"
#include "cambium/models/line.h"

namespace train {
namespace {

using namespace cambium;

constexpr std::int64_t looked_at = 1000;
constexpr double large = 10;

bool meets_weights(const Graph& model, int entry) {
  const auto& entries = model.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& from = entries[i].inputs;
    if (std::ranges::find(from, entry) == from.end()) continue;
    const Layer* layer = entries[i].layer.get();
    if (dynamic_cast<const Dense*>(layer) != nullptr) return true;
    const bool passes = dynamic_cast<const Flatten*>(layer) != nullptr || dynamic_cast<const Dropout*>(layer) != nullptr;
    if (passes && meets_weights(model, static_cast<int>(i))) return true;
  }
  return false;
}

// Of each value of a sample, over the first samples.
std::vector<double> mean_squares(const Dataset& set) {
  std::vector<double> sums(as_size(set.input_shapes()[0].size()));
  Stream stream(set, {.batch = static_cast<int>(std::min<std::int64_t>(set.size(), 100)), .shuffle = false, .prefetch = false});
  std::int64_t samples = 0;
  while (const Batch* batch = stream.next()) {
    for (int i = 0; i < batch->size(); ++i)
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += std::pow(static_cast<double>(batch->x().row(i)[k]), 2);
    samples += batch->size();
    if (samples >= looked_at) break;
  }
  for (double& sum : sums) sum /= static_cast<double>(samples);
  return sums;
}

}  // namespace

void look_at_scale(const Options& options, const Data& data, const Dataset& training, const Graph& model) {
  if (data.reader != "table" || !meets_weights(model, model.inputs()[0])) return;
  const std::vector<double> squares = mean_squares(training);
  const auto most = std::ranges::max_element(squares);
  if (*most <= large * large) return;
  const std::string column =
      TableFormat::from_text(data.reading, "--data").column_names()[static_cast<std::size_t>(most - squares.begin())];
  const std::string line = models::line_of(model), with_norm = "batch_norm for_input, " + line;
  apps::warn(
      fmt::format("warning: column {} has values of {:.3g}, and the first weights meet them as they are: learning will be slow, "
                  "or fail; {}{}, whose norm takes columns of any scale\n",
                  in_quotes(column, 40), std::sqrt(*most), apps::shell_line("--layers", {with_norm}),
                  options.layers.empty() ? " in place of --model" : ""));
}

}  // namespace train
